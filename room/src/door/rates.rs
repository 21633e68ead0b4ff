//! How much of each class of messages one link may bring.

use super::bucket::Rate;
use crate::message::Class;

/// All classes, in the order in which links are charged for them.
pub(super) const CLASSES: [Class; 6] =
    [Class::Log, Class::Seldom, Class::Commands, Class::Border, Class::Bulk, Class::View];

/// Messages a second. After a sleep of 10 s all that was sent meanwhile comes at once.
pub(super) const fn messages(class: Class) -> Rate {
    match class {
        // A room that waits for no clock seals up to a few thousand steps a second, each said to all and by all.
        Class::Log | Class::Border => Rate { burst: 200_000, per_second: 20_000 },
        Class::Seldom => Rate { burst: 400, per_second: 40 },
        // With each frame all that is not in the log yet goes again.
        Class::Commands => Rate { burst: 2_000, per_second: 200 },
        Class::Bulk => Rate { burst: 20_000, per_second: 4_000 },
        // Thirty frames a second of some ten messages, perhaps for several others on their way.
        Class::View => Rate { burst: 40_000, per_second: 4_000 },
    }
}

/// Bytes a second.
pub(super) const fn bytes(class: Class) -> Rate {
    const MB: u64 = 1 << 20;
    match class {
        // A new world's terrain goes with every word until it is acknowledged.
        Class::Log => Rate { burst: 256 * MB, per_second: 64 * MB },
        Class::Seldom => Rate { burst: 8 * MB, per_second: MB },
        Class::Commands => Rate { burst: 32 * MB, per_second: 4 * MB },
        Class::Border | Class::Bulk => Rate { burst: 1024 * MB, per_second: 256 * MB },
        Class::View => Rate { burst: 64 * MB, per_second: 16 * MB },
    }
}
