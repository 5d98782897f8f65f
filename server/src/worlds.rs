//! All worlds of a server, and the keys that lead into them.
//!
//! An access key belongs to one world, so that a signed call finds its world by its key: client libraries are
//! given host and port and nothing else. Everything that has no key of its own names its world in its path.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};

use claque_core::{Config, HitCounts, Instant, Rule, Service, Sound};
use claque_wire::endpoint::{Gate, Key};
use claque_wire::http::HttpRequest;
use claque_wire::sign::replay::ReplayCache;
use claque_wire::sign::{AuthError, Signed};

use crate::clock::{Clock, ClockPace, Wall};
use crate::driver::Nonces;
use crate::options::AccessKey;
use crate::paths::{AUDIENCE_PATH, CONTROL_PREFIX};
use crate::world::{Beginning, Common, LiveWorld};

/// The name of the world that is there from the start.
pub(crate) const DEFAULT: &str = "default";
/// Longest name of a world. Unit: characters.
const NAME_CHARS_MAX: usize = 64;
/// Nonces that are remembered of each key outside of the default world.
// Less than of the default world's keys, since there may be a thousand worlds and each is a test of minutes.
const NONCES_MAX: usize = 100_000;

/// An access key, and the world that it leads into.
#[derive(Clone, Debug)]
pub(crate) struct Owned {
    pub(crate) world: Arc<LiveWorld>,
    pub(crate) key: AccessKey,
    /// Keys of a world stay in the order in which they came.
    at: u64,
}

#[derive(Debug, Default)]
struct Register {
    by_name: BTreeMap<String, Arc<LiveWorld>>,
    /// By the key's ID.
    keys: BTreeMap<String, Owned>,
    /// Keys that came so far.
    came: u64,
}

/// Why there is no such world, or not another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoWorld {
    /// No name of a world.
    Name(String),
    /// Another world has this name.
    Taken(String),
    /// A key of this ID leads into the world of this name.
    KeyTaken(String, String),
    /// There are so many.
    Full(usize),
    /// The machine gives no thread, or no random bytes.
    Machine(String),
    /// There is none of this name.
    Unknown(String),
    /// It ends with the server.
    Stays,
}

impl std::fmt::Display for NoWorld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => {
                write!(f, "name: {name:?} is none; 1 to {NAME_CHARS_MAX} of A-Z, a-z, 0-9, _ and -")
            }
            Self::Taken(name) => {
                write!(f, "there is a world {name:?}: give another name, or none, or delete it")
            }
            Self::KeyTaken(id, world) => write!(
                f,
                "the access key {id:?} leads into the world {world:?}, and a key leads into one world: delete that world, or \
                 give another key"
            ),
            Self::Full(bound) => {
                write!(
                    f,
                    "there are {bound} worlds already: delete some, or start with a larger --worlds-max"
                )
            }
            Self::Machine(error) => write!(f, "no room for a world: {error}"),
            Self::Unknown(name) => {
                write!(f, "no world {name:?}: `claque ctl worlds` (GET worlds) lists those that exist")
            }
            Self::Stays => write!(f, "the world {DEFAULT:?} ends with the server; POST reset empties it"),
        }
    }
}

/// A world that is asked for.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// None: the next free number.
    pub(crate) name: Option<String>,
    pub(crate) config: Config,
    pub(crate) pace: ClockPace,
    /// Where its time begins.
    pub(crate) at: Instant,
    /// The key that its IDs and secrets follow from; none: it is drawn.
    pub(crate) ids: Option<[u8; 32]>,
    /// None: one of its own is drawn.
    pub(crate) keys: Vec<AccessKey>,
}

/// All worlds.
#[derive(Debug)]
pub(crate) struct Worlds {
    // Read by every call and written when a world comes or goes. Never held across a wait: each reader takes
    // a clone out.
    register: RwLock<Register>,
    default: Arc<LiveWorld>,
    common: Common,
    /// The configuration of worlds that do not say otherwise, and the pace of their clocks.
    made_with: (Config, ClockPace),
    /// Worlds besides the one that is there from the start.
    worlds_max: usize,
    /// The nonces of all keys but the default world's.
    // Not each world's own: a world may be deleted and made again with the same key, and a call that was overheard must
    // not be carried out in its successor.
    nonces: Nonces,
    next: AtomicU64,
    created: AtomicU64,
}

impl Worlds {
    pub(crate) fn new(
        (default, keys): (Arc<LiveWorld>, Vec<AccessKey>),
        common: Common,
        made_with: (Config, ClockPace),
        worlds_max: usize,
    ) -> Self {
        let mut register = Register::default();
        register.enter(&default, keys);
        Self {
            register: RwLock::new(register),
            default,
            common,
            made_with,
            worlds_max,
            nonces: Arc::new(Mutex::new(ReplayCache::new(NONCES_MAX))),
            next: AtomicU64::new(1),
            created: AtomicU64::new(0),
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Register> {
        self.register.read().expect("no holder of this lock can panic")
    }

    fn write(&self) -> RwLockWriteGuard<'_, Register> {
        self.register.write().expect("no holder of this lock can panic")
    }

    /// The clock that signatures are judged by.
    pub(crate) const fn wall(&self) -> Wall {
        self.common.machine.wall
    }

    /// The world that is there from the start.
    pub(crate) const fn default_world(&self) -> &Arc<LiveWorld> {
        &self.default
    }

    /// The configuration of worlds that do not say otherwise.
    pub(crate) const fn made_with(&self) -> &Config {
        &self.made_with.0
    }

    /// The pace of clocks of worlds that do not say otherwise.
    pub(crate) const fn pace(&self) -> ClockPace {
        self.made_with.1
    }

    /// The world of that name.
    pub(crate) fn find(&self, name: &str) -> Result<Arc<LiveWorld>, NoWorld> {
        self.read().by_name.get(name).cloned().ok_or_else(|| NoWorld::Unknown(name.to_owned()))
    }

    /// Every world, by name.
    pub(crate) fn all(&self) -> Vec<Arc<LiveWorld>> {
        self.read().by_name.values().cloned().collect()
    }

    /// The keys that lead into a world, in the order in which they came. O(keys of all worlds).
    pub(crate) fn keys_of(&self, world: &Arc<LiveWorld>) -> Vec<AccessKey> {
        let register = self.read();
        let own = register.keys.values().filter(|owned| Arc::ptr_eq(&owned.world, world));
        in_order(own.collect())
    }

    /// Every world with its keys. O(worlds + keys).
    pub(crate) fn all_with_keys(&self) -> Vec<(Arc<LiveWorld>, Vec<AccessKey>)> {
        let register = self.read();
        let mut keys: BTreeMap<&str, Vec<&Owned>> = BTreeMap::new();
        for owned in register.keys.values() {
            keys.entry(&owned.world.name).or_default().push(owned);
        }
        let worlds = register.by_name.values();
        let own = |world: &Arc<LiveWorld>| in_order(keys.get(&*world.name).cloned().unwrap_or_default());
        worlds.map(|world| (Arc::clone(world), own(world))).collect()
    }

    /// The key of that ID, and its world.
    pub(crate) fn key(&self, id: &str) -> Option<Owned> {
        self.read().keys.get(id).cloned()
    }

    /// Whether the key that everybody knows may sign calls.
    pub(crate) fn is_open(&self) -> bool {
        let development = AccessKey::development();
        self.read().keys.get(&development.id).is_some_and(|owned| owned.key == development)
    }

    /// Adds a key that may sign calls, in the place of the one with its ID.
    pub(crate) fn add_key(&self, world: &Arc<LiveWorld>, key: AccessKey) -> Result<(), NoWorld> {
        let mut register = self.write();
        register.are_free(world, std::slice::from_ref(&key))?;
        register.own(world, key);
        Ok(())
    }

    /// Makes a world. Nobody finds it before [`Self::enter`].
    pub(crate) fn make(&self, wanted: Wanted) -> Result<(Arc<LiveWorld>, Vec<AccessKey>), NoWorld> {
        let Wanted { name, mut config, pace, at, ids, mut keys } = wanted;
        let name = match name {
            Some(name) if is_name(&name) => name,
            Some(name) => return Err(NoWorld::Name(name)),
            None => self.number(),
        };
        // Looked at before a thread is begun, and again on entering: two that are made at once may want one
        // name.
        self.read().may_enter(&name, self.worlds_max)?;
        let machine = |error: std::io::Error| NoWorld::Machine(error.to_string());
        // From the machine and not from a seed: a key that can be guessed would let one tester into another's
        // world.
        let random: [u8; 80] = self.common.machine.random.draw().map_err(machine)?;
        let (key, rest) = random.split_at(32);
        config.key.copy_from_slice(ids.as_ref().map_or(key, |ids| ids.as_slice()));
        let word = |at: usize| rest[at..at + 8].iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
        // Made outside of the lock, as is the thread below: calls of other worlds go on meanwhile.
        let service = Service::new(at, config, HitCounts::default(), Sound);
        let clock = Clock::new(service.now(), pace);
        let beginning = Beginning::in_memory(service, clock, Arc::clone(&self.nonces), [word(0), word(8)]);
        if keys.is_empty() {
            keys.push(AccessKey {
                id: format!("claque-{:016x}", word(16)),
                secret: format!("{:016x}{:016x}", word(24), word(32)),
                ..AccessKey::development()
            });
        }
        let world = LiveWorld::begin(name, &self.common, beginning).map_err(machine)?;
        Ok((world, keys))
    }

    /// Makes a world known, by its name and its keys.
    pub(crate) fn enter(&self, world: &Arc<LiveWorld>, keys: Vec<AccessKey>) -> Result<(), NoWorld> {
        let mut register = self.write();
        // Both looks and the entry under one lock: in between nobody can take the name or a key.
        register.may_enter(&world.name, self.worlds_max)?;
        register.are_free(world, &keys)?;
        register.enter(world, keys);
        self.created.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Takes a world and its keys away, and ends it.
    pub(crate) async fn delete(&self, name: &str) -> Result<(), NoWorld> {
        let world = self.find(name)?;
        if Arc::ptr_eq(&world, &self.default) {
            return Err(NoWorld::Stays);
        }
        // Out of the register before it ends: no call may find a world whose thread is gone.
        self.write().leave(&world);
        world.end("its world was deleted").await;
        Ok(())
    }

    /// The next name that is free.
    fn number(&self) -> String {
        loop {
            let name = format!("w{}", self.next.fetch_add(1, Ordering::Relaxed));
            if !self.read().by_name.contains_key(&name) {
                return name;
            }
        }
    }

    /// For a scraper.
    pub(crate) fn metrics(&self) -> String {
        let live = self.read().by_name.len() as u64;
        let created = self.created.load(Ordering::Relaxed);
        [
            ("worlds", "gauge", "Worlds, the one that is there from the start included.", live),
            ("worlds_max", "gauge", "Worlds that there may be.", self.worlds_max as u64 + 1),
            ("worlds_created_total", "counter", "Worlds created.", created),
        ]
        .iter()
        .map(|(name, kind, help, value)| {
            format!("# HELP claque_{name} {help}\n# TYPE claque_{name} {kind}\nclaque_{name} {value}\n")
        })
        .collect()
    }
}

impl Register {
    fn may_enter(&self, name: &str, worlds_max: usize) -> Result<(), NoWorld> {
        if self.by_name.contains_key(name) {
            return Err(NoWorld::Taken(name.to_owned()));
        }
        if self.by_name.len() > worlds_max { Err(NoWorld::Full(self.by_name.len())) } else { Ok(()) }
    }

    /// Whether no other world has one of the keys.
    fn are_free(&self, world: &Arc<LiveWorld>, keys: &[AccessKey]) -> Result<(), NoWorld> {
        let taken = keys.iter().filter_map(|key| self.keys.get(&key.id));
        match taken.into_iter().find(|owned| !Arc::ptr_eq(&owned.world, world)) {
            Some(owned) => Err(NoWorld::KeyTaken(owned.key.id.clone(), owned.world.name.clone())),
            None => Ok(()),
        }
    }

    fn enter(&mut self, world: &Arc<LiveWorld>, keys: Vec<AccessKey>) {
        self.by_name.insert(world.name.clone(), Arc::clone(world));
        for key in keys {
            self.own(world, key);
        }
    }

    fn own(&mut self, world: &Arc<LiveWorld>, key: AccessKey) {
        // A key that is changed keeps its position: the first one is shown to clients as the world's.
        let at = self.keys.get(&key.id).map_or(self.came, |known| known.at);
        self.came += 1;
        self.keys.insert(key.id.clone(), Owned { world: Arc::clone(world), key, at });
    }

    fn leave(&mut self, world: &Arc<LiveWorld>) {
        self.by_name.remove(&world.name);
        self.keys.retain(|_, owned| !Arc::ptr_eq(&owned.world, world));
    }
}

fn in_order(mut keys: Vec<&Owned>) -> Vec<AccessKey> {
    keys.sort_unstable_by_key(|owned| owned.at);
    keys.into_iter().map(|owned| owned.key.clone()).collect()
}

fn is_name(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=NAME_CHARS_MAX).contains(&name.len()) && name.bytes().all(legal)
}

/// Takes the world that a request names out of its path, which is then the path in that world: its audience, or anything of
/// the control API. None: it names none.
pub(crate) fn named(request: &mut HttpRequest) -> Option<String> {
    let (name, path) = request.path.strip_prefix(CONTROL_PREFIX)?.strip_prefix("worlds/")?.split_once('/')?;
    // Worlds have no worlds.
    // A name that is none stays in the path, and is refused by the route that lists what there is.
    if !is_name(name) || path == "worlds" || path.starts_with("worlds/") {
        return None;
    }
    let name = name.to_owned();
    request.path = match path {
        "audience" => AUDIENCE_PATH.to_owned(),
        path => format!("{CONTROL_PREFIX}{path}"),
    };
    Some(name)
}

/// The endpoint's gate into the world of the key that a request names, known or not.
pub(crate) struct KeyGate<'a> {
    worlds: &'a Worlds,
    found: RefCell<Option<Owned>>,
}

impl<'a> KeyGate<'a> {
    pub(crate) const fn new(worlds: &'a Worlds) -> Self {
        Self { worlds, found: RefCell::new(None) }
    }

    /// The key that was asked for last, and its world; none: nobody has it.
    pub(crate) fn found(self) -> Option<Owned> {
        self.found.into_inner()
    }

    fn world(&self) -> Arc<LiveWorld> {
        let found = self.found.borrow();
        Arc::clone(found.as_ref().map_or(&self.worlds.default, |owned| &owned.world))
    }
}

impl Gate for KeyGate<'_> {
    fn key(&self, id: &str) -> Option<Key> {
        let owned = self.worlds.key(id);
        let AccessKey { secret, security_token, .. } = owned.as_ref()?.key.clone();
        // Remembered for the steps behind this one: nonce and rules are those of the world that the key leads
        // into, even if it is deleted meanwhile.
        self.found.replace(owned);
        Some(Key { secret, security_token })
    }

    fn admit(&mut self, now_seconds: u64, signed: &Signed) -> Result<(), AuthError> {
        self.world().api.admit(now_seconds, signed)
    }

    fn note(&mut self, rules: &dyn Fn() -> Vec<Rule>) {
        self.world().api.mark(rules);
    }
}
