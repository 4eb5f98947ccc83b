//! A guest that lies, against the real program.
#![allow(non_snake_case)] // feature_condition_result

#[path = "../common/mod.rs"]
mod common;

mod bounds;
mod messages;
mod names;
mod rights;
mod world;
