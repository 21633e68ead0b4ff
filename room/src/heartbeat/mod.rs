//! What the host tells its members whenever there is news, and what they report.

pub mod messages;

pub(crate) use self::messages::{ANNOUNCEMENTS_MAX, Heartbeat, ReplicaReport, Report, SEGMENTS_MAX};
