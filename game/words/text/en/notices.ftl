# Sentences for people, in English. A name that somebody chose for themselves is always between quotation marks and
# comes with its marks of isolation (see src/quote.rs), so that it cannot pass for a sentence of the program.

## People

# $name: a name, made harmless.
somebody = “{ $name }”
somebody-nameless = somebody without a name
somebody-gone = somebody who is gone
# What the device does that this is read on.
somebody-me = this device
# Between two names of a list.
and-next = ,{" "}
# $count: how many more a list would name.
and-more = { $count ->
    [one] and one more
   *[other] and { $count } more
}

joined = { $who } joined
left = { $who } left
vanished = { $who } vanished
cut-off = { $who } cannot be reached: the room goes on here
host-is = { $who } is the host now
host-is-me = this device is the host now
relayed = { $a } and { $b } do not reach each other: { $via } passes on what they exchange
links-too-slow = { $who } cannot carry a border over its links: others compute its region
enough-compute = { $computing } compute, { $others } watch: one more would not make the room faster
others-wait = the others wait for this device
waiting-for = waiting for { $who }
host-does-not-answer = the host does not answer; what you do is not taken
joining-again = the room went on without this device: joining again
rooms-merged = the room is one again: going on with the others’ world
says-what-it-may-not = { $who } says again and again what it may not say: that is dropped

## Computing

stopped-computing = { $who } stopped computing: { $why }
this-stopped-computing = this device stopped computing: { $why }
nobody-computes = nobody computes: lend a device, and the room goes on
worlds-differ = two devices computed different worlds: one of them is broken
backend-device-lost = the graphics device or the worker was lost
backend-no-adapter = there is no such graphics device
backend-bad-job = its part of the world is more than it can compute
backend-no-state = what it was to begin from is not there
backend-other = something went wrong that has no name yet

## The world

# $seconds: with one decimal.
went-back = the room goes back to its last checkpoint: { $seconds } s were lost
began-again = nobody has the world any more, the scene begins again: { $seconds } s were lost
# $who: a name; $seconds: with one decimal.
taken-back = { $who } took the world back by { $seconds } s
# What ends in `-me` is read by who did it.
taken-back-me = you took the world back by { $seconds } s
taken-elsewhere = { $who } brought a world back that had been left
taken-elsewhere-me = you brought a world back that had been left
not-taken-back = the world goes on as it is: too few agreed to go back, as { $who } wanted
not-taken-back-me = the world goes on as it is: too few agreed to go back, as you wanted
another-return = the room is going back already, or opens a save: try again in a moment
asked-lately = too few agreed a moment ago: ask again in half a minute
no-such-moment = nobody has this moment any more: choose another one
# $count: how many digests were compared.
recording-over = the recording is over: bit for bit as it was ({ $count } digests). From here on the world is yours
# $time: minutes and seconds; $count: how many digests were the same.
recording-differs = the recording is over, and is not what was recorded: from { $time } on the world is another ({ $count } digests are as they were)
recording-left = something was done here, or the room changed hands: the recording ends and the world goes on; open it again for the rest
return-lost = the room did not go back, since its host changed meanwhile: ask again
room-is-full = the room is full: { $particles } particles are the most; erase or drain some
too-many-fountains = there are too many fountains, or too large ones: no more than { $max } can be
too-many-drains = there are too many drains: no more than { $max } can be
too-many-grabs = too many drag something already: no more than { $max } can at once
scene-too-large = this scene has more than { $particles } particles: it is not loaded
strokes-wait = your strokes wait: the room cannot do so many at once
too-many-worlds = this scene is not loaded: so many worlds in a row are too many
scene-is-invalid = this scene cannot be loaded: it breaks a rule of scenes

## Saved worlds

opens-save = { $who } opens a save
opens-save-me = your save is being opened
# $time: minutes and seconds.
opened-save = { $who } opened a save: the world goes on from { $time }
opened-save-me = your save is open: the world goes on from { $time }
save-not-opened = the save that { $who } opened is not loaded: { $why }
save-not-opened-me = the save that you opened is not loaded: { $why }
open-another-scene = another scene was chosen meanwhile
open-not-whole = it did not arrive whole
open-forgotten = it is not here any more
open-nobody-got-it = nobody who computes could get it in time
save-under-way = a save is being made already
nothing-to-save = nothing is saved: nobody computes this world yet
not-saved = the world is not saved: { $why }
not-recorded = there is no recording: { $why }
record-not-here = this device does not keep that moment, or not all that was done since; somebody else in the room may
record-too-long = it would be longer than a quarter of an hour; choose a later moment
plays-alone = a recording plays where nobody else is: leave this room first
save-late = it did not come together within { $seconds } s
open-under-way = another save is being opened
opened-elsewhere = the save is not opened: another one is being opened
cannot-open = the save cannot be opened: { $why }
# $file: a file's name, made harmless.
cannot-open-file = “{ $file }” cannot be opened: { $why }. The world goes on as it was; choose another file.
not-opened-in-time = the save was not opened within { $seconds } s
open-again = the room went on without this device: open the save again if it was not opened
save-foreign = this is no saved world
save-version = it is of format { $version }, and this release reads format { $here }
# $version: a number.
save-recording = it is a recording of format { $version }, which this release does not read
save-kernels = it was made by a release that computes otherwise
save-damaged = it is damaged or incomplete
save-too-large = it is larger than a room can be

## Not let in

refused-version = this room speaks protocol version { $room }, this program { $mine }: use the same release
refused-version-unknown = this room speaks another version than this program ({ $mine }): use the same release
refused-kernels = this room computes or speaks otherwise than this program: use the same release
refused-full = this room is full: { $people } people are the most

## Connections

link-goodbye = { $who } ended the connection
link-silence = { $who } has not been heard for { $seconds } s
link-unreachable = { $who } could not be reached within { $seconds } s: its network or this one lets no direct connection through
link-version = { $who } runs another version of Tidepool (link format { $version }, here { $here }): both need the same one
link-violation = { $who } sent data against the rules
link-queue-full = { $who } does not keep up with what it is sent
link-closed = { $who } was let go
link-renewed = { $who } connects again
somebody-unknown = a participant
server-gone = { $why }: those who are here play on, newcomers cannot reach this device.
out-of-reach = { $who } is in the room and cannot be reached: no direct connection comes about. One of the two networks (a firewall, a guest network, or browsers hiding local addresses) is in the way; a TURN server (--turn) would help.
distrusted = { $who } sent malformed connection data again and again, and is not connected to any more.
connection-lost = connection lost: joining again
back-in-room = back in the room
nobody-reachable = nobody of this room can be reached any more: it goes on here

## Cannot begin, or go on

# $detail: what the system, a library or a server says, made harmless.
no-thread = this machine gives no thread to the program: { $detail }
no-backend = { $detail }
kernels-stopped = the kernels have stopped because of an error in this program; join again
server = { $detail }
lost-before-meeting = { $detail }. Check the address, and that the signaling server runs.
