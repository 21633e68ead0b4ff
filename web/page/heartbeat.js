// Timers of a hidden page are slowed to one a second or a minute; a worker's are not. Each message lets the
// driver look at the clock.
onmessage = (event) => setInterval(() => postMessage(0), event.data);
