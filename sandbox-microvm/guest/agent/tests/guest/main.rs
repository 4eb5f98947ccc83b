//! The agent in a real guest: QEMU, under emulation where there is no KVM. Needs the folders and programs that
//! `dev/lib/guest-test` names in the environment; without them the tests are ignored.

mod containers;
mod machine;
mod streams;

#[allow(clippy::all)]
pub mod proto {
    tonic::include_proto!("cofferdam.guest.v1");
}
