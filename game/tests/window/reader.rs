//! A screen reader, as far as the tests need one: the bus on which programs show their controls (AT-SPI), and what the program
//! says on it.

use futures::executor::block_on;
use futures::future::{BoxFuture, FutureExt, join_all};
use futures::{StreamExt, TryFutureExt};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};
use zbus::{Connection, MatchRule, MessageStream, connection, message};

/// A program's object on the bus: its name there, and the path.
type Address = (String, OwnedObjectPath);

const REGISTRY: &str = "/org/a11y/atspi/accessible/root";
const ACCESSIBLE: &str = "org.a11y.atspi.Accessible";
/// In the window.
const WINDOW_COORDINATES: u32 = 1;
/// Numbers of AT-SPI: roles, and bits of the state.
const WINDOWS: [u32; 3] = [16, 23, 69];
const LABEL: u32 = 29;
const ENABLED: u32 = 8;
const FOCUSED: u32 = 12;
const MARKED: [u32; 3] = [4, 20, 23];
/// A tree is read as often, where nothing comes.
const READS_MAX: usize = 20;
/// Controls lie less deep in each other.
const DEPTH_MAX: u32 = 40;

/// What is heard and found.
pub struct Reader {
    bus: Connection,
    program: Arc<Mutex<Option<Address>>>,
    said: Arc<Mutex<Vec<String>>>,
}

/// Says that a reader is there.
struct Status;

#[zbus::interface(name = "org.a11y.Status")]
impl Status {
    #[zbus(property)]
    fn is_enabled(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn screen_reader_enabled(&self) -> bool {
        true
    }
}

/// Where programs make themselves known.
struct Registry(Arc<Mutex<Option<Address>>>);

#[zbus::interface(name = "org.a11y.atspi.Socket")]
impl Registry {
    fn embed(&self, program: Address) -> (Address,) {
        *self.0.lock().unwrap() = Some(program.clone());
        (program,)
    }
}

/// One control, or what holds some.
#[derive(Clone, Debug, Default)]
pub struct Node {
    pub name: String,
    role: u32,
    state: u64,
    /// Of a slider.
    value: Option<f64>,
    /// Left, top, width, height in the window.
    at: [i32; 4],
    depth: usize,
}

/// All of them, what holds others before them.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    pub nodes: Vec<Node>,
}

impl Reader {
    pub fn new(address: &str) -> Self {
        let program: Arc<Mutex<Option<Address>>> = Arc::default();
        let said: Arc<Mutex<Vec<String>>> = Arc::default();
        let bus = block_on(async {
            let builder = connection::Builder::address(address).unwrap();
            let builder = builder.name("org.a11y.Bus").unwrap().name("org.a11y.atspi.Registry").unwrap();
            let builder = builder.serve_at("/org/a11y/bus", Status).unwrap();
            builder.serve_at(REGISTRY, Registry(Arc::clone(&program))).unwrap().build().await.unwrap()
        });
        let rule = MatchRule::builder().msg_type(message::Type::Signal);
        let rule = rule.interface("org.a11y.atspi.Event.Object").unwrap().member("Announcement").unwrap().build();
        let mut heard = block_on(MessageStream::for_match_rule(rule, &bus, Some(1024))).unwrap();
        let into = Arc::clone(&said);
        std::thread::spawn(move || {
            while let Some(Ok(message)) = block_on(heard.next()) {
                let body = message.body();
                let words = body.deserialize::<(&str, i32, i32, OwnedValue, HashMap<String, OwnedValue>)>();
                if let Some(words) = words.ok().and_then(|told| String::try_from(told.3).ok()) {
                    into.lock().unwrap().push(words);
                }
            }
        });
        Self { bus, program, said }
    }

    /// What was spoken so far.
    pub fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }

    /// What is shown now; nothing where the program is not there.
    pub fn tree(&self) -> Tree {
        let Some((program, root)) = self.program.lock().unwrap().clone() else { return Tree::default() };
        // A busy program may fail to answer in time: then there is nothing below the program itself.
        let mut tree = Tree::default();
        for _ in 0..READS_MAX {
            tree.nodes = block_on(self.below(&program, root.clone(), 0));
            if tree.nodes.len() > 1 {
                break;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        tree
    }

    /// A node and all below it; nothing where it is gone meanwhile.
    fn below<'a>(&'a self, program: &'a str, path: OwnedObjectPath, depth: u32) -> BoxFuture<'a, Vec<Node>> {
        async move {
            let (name, value, role, state, at, kids) = futures::join!(
                self.property::<String>(program, &path, ACCESSIBLE, "Name"),
                self.property::<f64>(program, &path, "org.a11y.atspi.Value", "CurrentValue"),
                self.get::<u32>(program, &path, ACCESSIBLE, "GetRole", &()),
                self.get::<Vec<u32>>(program, &path, ACCESSIBLE, "GetState", &()),
                self.get::<((i32, i32, i32, i32),)>(
                    program,
                    &path,
                    "org.a11y.atspi.Component",
                    "GetExtents",
                    &WINDOW_COORDINATES
                ),
                self.get::<Vec<Address>>(program, &path, ACCESSIBLE, "GetChildren", &()),
            );
            let name = name.unwrap_or_default();
            let state = state.unwrap_or_default().iter().rev().fold(0, |bits, half| bits << 32 | u64::from(*half));
            let ((x, y, width, height),) = at.unwrap_or_default();
            let role = role.unwrap_or_default();
            let node = Node { name, role, state, value, at: [x, y, width, height], depth: depth as usize };
            let kids = kids.filter(|_| depth < DEPTH_MAX).unwrap_or_default();
            let below = join_all(kids.into_iter().map(|(_, kid)| self.below(program, kid, depth + 1))).await;
            std::iter::once(node).chain(below.into_iter().flatten()).collect()
        }
        .boxed()
    }

    async fn property<T: TryFrom<OwnedValue>>(
        &self,
        program: &str,
        path: &OwnedObjectPath,
        interface: &str,
        name: &str,
    ) -> Option<T> {
        let (of, asked) = ("org.freedesktop.DBus.Properties", (interface, name));
        self.get::<OwnedValue>(program, path, of, "Get", &asked).await.and_then(|value| T::try_from(value).ok())
    }

    async fn get<T>(
        &self,
        program: &str,
        path: &OwnedObjectPath,
        interface: &str,
        method: &str,
        arguments: &(impl serde::Serialize + zbus::zvariant::DynamicType),
    ) -> Option<T>
    where
        T: for<'de> serde::Deserialize<'de> + zbus::zvariant::Type,
    {
        let called = self.bus.call_method(Some(program), path, Some(interface), method, arguments);
        called.map_ok(|answer| answer.body().deserialize::<T>().ok()).await.ok().flatten()
    }
}

impl Node {
    /// In the window.
    pub fn middle(&self) -> [i16; 2] {
        let [x, y, width, height] = self.at;
        [x + width / 2, y + height / 2].map(|at| at as i16)
    }

    /// Whether the middle of what lies in it is in sight.
    pub fn shows(&self, node: &Self) -> bool {
        let ([_, top, _, height], y) = (self.at, i32::from(node.middle()[1]));
        (top..top + height - 10).contains(&y)
    }

    /// Near its left end, where a slider has its least.
    pub fn left(&self) -> [i16; 2] {
        [self.at[0] as i16 + 8, self.middle()[1]]
    }

    fn is(&self, bit: u32) -> bool {
        self.state >> bit & 1 == 1
    }

    /// A slider's number.
    pub fn value(&self) -> Option<f64> {
        self.value
    }

    /// It can be used.
    pub fn is_on(&self) -> bool {
        self.is(ENABLED)
    }

    /// It has the keys.
    pub fn has_keys(&self) -> bool {
        self.is(FOCUSED)
    }

    /// Pressed, ticked or chosen.
    pub fn is_marked(&self) -> bool {
        MARKED.iter().any(|bit| self.is(*bit))
    }
}

impl Tree {
    /// What is pressed, of this name.
    pub fn control(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.name == name && node.role != LABEL && !WINDOWS.contains(&node.role))
    }

    /// A text of this name.
    pub fn label(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.name == name && node.role == LABEL)
    }

    /// What is in the window of this name, or all of it where there is no name.
    pub fn within(&self, window: &str) -> Self {
        if window.is_empty() {
            return self.clone();
        }
        let Some(from) = self.place_of(window) else { return Self::default() };
        let (first, rest) = (self.nodes[from].depth, self.nodes[from + 1..].iter());
        Self { nodes: rest.take_while(|node| node.depth > first).cloned().collect() }
    }

    /// The window of this name.
    pub fn window(&self, window: &str) -> Option<&Node> {
        self.place_of(window).map(|place| &self.nodes[place])
    }

    fn place_of(&self, window: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.name == window && WINDOWS.contains(&node.role))
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Node { name, role, state, at, depth, .. } in &self.nodes {
            writeln!(out, "{:1$}{role} {name:?} {at:?} {state:x}", "", 2 * depth)?;
        }
        Ok(())
    }
}
