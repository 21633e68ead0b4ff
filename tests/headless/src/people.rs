//! People in one room over WebRTC on this machine, each with a driver of their own in this process.

use anyhow::{Context, bail, ensure};
use driver::{DriverConfig, Event, Handle, Place};
use room::api::{Event as RoomEvent, PeerId, Status};
use std::time::{Duration, Instant};

/// How often the drivers are looked at.
const LOOK: Duration = Duration::from_millis(2);

/// A room, its server with it. Dropped, all of them leave.
pub struct People {
    _server: signaling::Running,
    people: Vec<Person>,
    deadline: Instant,
}

/// One of them.
pub struct Person {
    /// Their driver.
    pub handle: Handle,
    /// Who they are in the room, once they are in it.
    pub me: Option<PeerId>,
    /// What they were told last.
    pub status: Status,
}

impl People {
    /// So many people, each as `config` says but for the place, and all of them in the room.
    ///
    /// # Errors
    ///
    /// If not everyone is in the room at the deadline, or a driver fails.
    pub fn gather(
        people: u16,
        deadline: Instant,
        config: impl Fn(u16) -> anyhow::Result<DriverConfig>,
    ) -> anyhow::Result<Self> {
        let server =
            signaling::Server::start(signaling::Config::loopback()).context("the signaling server does not start")?;
        let signaling = server.ws_url().context("the signaling server has no plain port")?;
        let mut room = Self { _server: server, people: Vec::new(), deadline };
        for number in 0..people {
            let place = Place::Room { signaling: signaling.clone(), room: "people".into() };
            let handle = driver::start(DriverConfig { place, ..config(number)? });
            room.people.push(Person { handle, me: None, status: Status::default() });
            // The first one to ask founds the room.
            room.until("the first one does not get into its room", |people| people[0].me.is_some())?;
        }
        let all = usize::from(people);
        room.until("not everyone came into the room", |people| people.iter().all(|p| p.status.people.len() == all))?;
        Ok(room)
    }

    /// All of them.
    pub fn all(&self) -> &[Person] {
        &self.people
    }

    /// Looks at the drivers once, and waits a little. `told` gets what the room told each.
    ///
    /// # Errors
    ///
    /// If a driver fails or ends.
    pub fn turn(&mut self, mut told: impl FnMut(usize, &RoomEvent)) -> anyhow::Result<()> {
        for (number, person) in self.people.iter_mut().enumerate() {
            while let Some(event) = person.handle.try_recv() {
                match event {
                    Event::Joined { me, .. } => person.me = Some(me),
                    Event::Room(event) => {
                        told(number, &event);
                        if let RoomEvent::Status(status) = event {
                            person.status = *status;
                        }
                    }
                    Event::Failed(why) => bail!("person {number}: {}", words::english().driver_error(&why).text),
                    Event::Ended => bail!("person {number} ended by itself"),
                    _ => {}
                }
            }
        }
        std::thread::sleep(LOOK);
        Ok(())
    }

    /// Waits until it is so.
    ///
    /// # Errors
    ///
    /// With these words at the deadline; if a driver fails.
    pub fn until(&mut self, otherwise: &str, is_so: impl Fn(&[Person]) -> bool) -> anyhow::Result<()> {
        while !is_so(&self.people) {
            ensure!(Instant::now() < self.deadline, "{otherwise}");
            self.turn(|_, _| ())?;
        }
        Ok(())
    }
}

impl Drop for People {
    fn drop(&mut self) {
        self.people.iter().for_each(|person| person.handle.close());
    }
}
