//! The stubs of the protocol, from the one file that both sides use.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = "../../src/main/proto";
    let file = format!("{folder}/cofferdam/guest/v1/guest.proto");
    println!("cargo:rerun-if-changed={file}");
    tonic_prost_build::configure().compile_fds(protox::compile([&file], [folder])?)?;
    Ok(())
}
