//! One guest for all tests: booted by the first that needs it, ended with the process.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tonic::transport::{Channel, Endpoint, Uri};

use crate::proto::guest_client::GuestClient;
use crate::proto::*;

pub type Client = GuestClient<Channel>;

const AGENT_PORT: u32 = 1024;
const BOOT: Duration = Duration::from_secs(120);
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A booted guest with scratch memory, and one image called `busybox`. Ends when dropped.
pub struct Machine {
    folder: tempfile::TempDir,
    children: Vec<Child>,
}

fn setting(name: &str) -> PathBuf {
    PathBuf::from(
        std::env::var_os(name)
            .unwrap_or_else(|| panic!("{name} is not set: run dev/lib/guest-test")),
    )
}

impl Machine {
    pub async fn boot() -> (Machine, Client) {
        let folder = tempfile::Builder::new().prefix("guest-").tempdir().unwrap();
        let mut machine = Machine {
            folder,
            children: Vec::new(),
        };
        machine.make_slot();
        machine.start_vsock().await;
        let ready = UnixListener::bind(machine.path("vsock.sock_1027")).unwrap();
        machine.start_qemu();
        machine.await_boot(ready).await;
        let mut client = machine.client().await;
        let hello = HelloRequest {
            min_version: 1,
            max_version: 1,
            host_version: "test".to_owned(),
        };
        let told = client.hello(hello).await.unwrap().into_inner();
        let own = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
        assert_ne!(told.boot_id, own.trim());
        assert_eq!(told.slots, [7]);
        machine.swap_slot();
        prepare(&mut client).await;
        (machine, client)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn make_slot(&self) {
        let file = fs::File::create(self.path("slot")).unwrap();
        file.set_len(64 << 20).unwrap();
        file.write_at(b"cofferdam-slot 07\n", 0).unwrap();
    }

    /// Exchanges what the slot holds, as a monitor does when an image is attached.
    fn swap_slot(&self) {
        let tree = self.path("tree");
        let bin = tree.join("bin");
        fs::create_dir_all(&bin).unwrap();
        fs::create_dir(tree.join("tmp")).unwrap();
        fs::copy("/bin/busybox", bin.join("busybox")).unwrap();
        for applet in [
            "sh", "cat", "sleep", "id", "stty", "true", "nc", "dd", "mkdir", "hostname", "wc",
            "readlink",
        ] {
            fs::hard_link(bin.join("busybox"), bin.join(applet)).unwrap();
        }
        let image = self.path("image");
        let made = Command::new("mkfs.erofs")
            .arg("--quiet")
            .arg(&image)
            .arg(&tree)
            .stdout(Stdio::null())
            .status();
        assert!(made.unwrap().success());
        let slot = fs::File::options()
            .write(true)
            .open(self.path("slot"))
            .unwrap();
        slot.write_at(&fs::read(image).unwrap(), 0).unwrap();
    }

    async fn start_vsock(&mut self) {
        let socket = self.path("vsock.sock");
        let device = self.path("device.sock");
        let child = Command::new(setting("COFFERDAM_VSOCK"))
            .arg("--vm")
            .arg(format!(
                "guest-cid=3,uds-path={},socket={}",
                socket.display(),
                device.display()
            ))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.children.push(child);
        await_path(&device).await;
    }

    fn start_qemu(&mut self) {
        let image = setting("COFFERDAM_GUEST");
        let khz = tsc_khz();
        let child = Command::new("qemu-system-x86_64")
            .args([
                "-M",
                "microvm,rtc=on,memory-backend=mem0",
                "-accel",
                "tcg",
                "-cpu",
                "max",
                "-smp",
                "1",
                "-m",
                "256",
            ])
            .args(["-object", "memory-backend-memfd,id=mem0,size=256M,share=on"])
            .args([
                "-nodefaults",
                "-no-user-config",
                "-display",
                "none",
                "-no-reboot",
            ])
            .arg("-serial")
            .arg(format!("file:{}", self.path("console").display()))
            .arg("-kernel")
            .arg(image.join("vmlinux"))
            .arg("-initrd")
            .arg(image.join("initramfs.cpio"))
            .arg("-append")
            .arg(format!(
                "quiet panic=-1 reboot=t console=ttyS0 mitigations=off tsc_early_khz={khz}"
            ))
            .arg("-chardev")
            .arg(format!(
                "socket,id=v,path={}",
                self.path("device.sock").display()
            ))
            .args(["-device", "vhost-user-vsock-device,chardev=v"])
            .arg("-drive")
            .arg(format!(
                "if=none,id=m,format=raw,readonly=on,file={}",
                image.join("modules.erofs").display()
            ))
            .args(["-device", "virtio-blk-device,drive=m"])
            .arg("-drive")
            .arg(format!(
                "if=none,id=s,format=raw,readonly=on,file={}",
                self.path("slot").display()
            ))
            .args(["-device", "virtio-blk-device,drive=s"])
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        self.children.push(child);
    }

    /// Connects as the host's backend does.
    pub async fn connect(&self, port: u32) -> std::io::Result<UnixStream> {
        connect(&self.path("vsock.sock"), port).await
    }

    /// Nobody connects to a guest before it has said that it listens.
    async fn await_boot(&self, ready: UnixListener) {
        if tokio::time::timeout(BOOT, ready.accept()).await.is_err() {
            let console = fs::read_to_string(self.path("console")).unwrap_or_default();
            panic!("not booted within {BOOT:?}\n{console}");
        }
    }

    async fn client(&self) -> Client {
        let socket = self.path("vsock.sock");
        let connector = tower::service_fn(move |_: Uri| {
            let socket = socket.clone();
            async move { connect(&socket, AGENT_PORT).await.map(TokioIo::new) }
        });
        let endpoint = Endpoint::from_static("http://guest");
        let channel = endpoint.connect_with_connector(connector).await.unwrap();
        GuestClient::new(channel)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

async fn connect(socket: &Path, port: u32) -> std::io::Result<UnixStream> {
    let mut stream = UnixStream::connect(socket).await?;
    stream
        .write_all(format!("CONNECT {port}\n").as_bytes())
        .await?;
    let mut line = Vec::new();
    while line.last() != Some(&b'\n') {
        line.push(stream.read_u8().await?);
    }
    if line.starts_with(b"OK") {
        Ok(stream)
    } else {
        Err(std::io::Error::other("no OK"))
    }
}

async fn await_path(path: &Path) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    while !path.exists() {
        assert!(
            tokio::time::Instant::now() < deadline,
            "{} did not appear",
            path.display()
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// What the guest's kernel would else measure wrongly under emulation.
fn tsc_khz() -> u64 {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap();
    let mhz = info.lines().find_map(|l| {
        l.strip_prefix("cpu MHz")?
            .split(':')
            .nth(1)?
            .trim()
            .parse::<f64>()
            .ok()
    });
    (mhz.unwrap() * 1000.0) as u64
}

async fn prepare(client: &mut Client) {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    client
        .set_clock(SetClockRequest {
            unix_nanos: now.as_nanos() as i64,
        })
        .await
        .unwrap();
    client
        .add_entropy(AddEntropyRequest {
            entropy: vec![7; 64],
        })
        .await
        .unwrap();
    let memory = prepare_scratch_request::Source::MemoryBytes(64 << 20);
    client
        .prepare_scratch(PrepareScratchRequest {
            source: Some(memory),
        })
        .await
        .unwrap();
    let sandbox = ConfigureSandboxRequest {
        hostname: "the-pod".to_owned(),
        ..Default::default()
    };
    client.configure_sandbox(sandbox).await.unwrap();
    client
        .configure_network(ConfigureNetworkRequest::default())
        .await
        .unwrap();
    let disk = Disk {
        address: Some(disk::Address::Slot(7)),
        ..Default::default()
    };
    let image = MountImageRequest {
        image_id: "busybox".to_owned(),
        disk: Some(disk),
    };
    client.mount_image(image).await.unwrap();
}

/// A process that a shell runs, as root with few capabilities.
pub fn shell(script: &str) -> Process {
    Process {
        args: ["/bin/sh", "-c", script].map(str::to_owned).to_vec(),
        environment: vec!["PATH=/bin".to_owned(), "GREETING=hello".to_owned()],
        working_directory: "/".to_owned(),
        capabilities: vec!["CAP_KILL".to_owned()],
        no_new_privileges: true,
        ..Default::default()
    }
}

pub fn container(process: Process) -> CreateContainerRequest {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    CreateContainerRequest {
        container_id: format!("container-{number}"),
        root: Some(Root {
            source: Some(root::Source::ImageId("busybox".to_owned())),
            read_only: false,
        }),
        process: Some(process),
        stdin: true,
        stdout: true,
        stderr: true,
        ..Default::default()
    }
}

/// Creates and starts; gives the first process.
pub async fn start(client: &mut Client, request: CreateContainerRequest) -> ProcessRef {
    let container_id = request.container_id.clone();
    client.create_container(request).await.unwrap();
    client
        .start_container(StartContainerRequest {
            container_id: container_id.clone(),
        })
        .await
        .unwrap();
    ProcessRef {
        container_id,
        exec_id: String::new(),
    }
}

pub async fn exit(client: &mut Client, process: &ProcessRef) -> ProcessExit {
    let wait = WaitRequest {
        process: Some(process.clone()),
    };
    client.wait(wait).await.unwrap().into_inner().exit.unwrap()
}

/// All that a process writes to its end.
pub async fn output(client: &mut Client, process: &ProcessRef, stream: StandardStream) -> String {
    let request = OutputRequest {
        process: Some(process.clone()),
        stream: stream.into(),
        offset: 0,
    };
    let mut chunks = client.output(request).await.unwrap().into_inner();
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.message().await.unwrap() {
        assert_eq!(chunk.offset, bytes.len() as u64);
        bytes.extend(chunk.data);
        let acknowledge = AcknowledgeOutputRequest {
            process: Some(process.clone()),
            stream: stream.into(),
            offset: bytes.len() as u64,
        };
        client.acknowledge_output(acknowledge).await.unwrap();
        if chunk.end {
            break;
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// Runs a container to its end; gives what it wrote and its code.
pub async fn run(client: &mut Client, request: CreateContainerRequest) -> (String, u32) {
    let process = start(client, request).await;
    let text = output(client, &process, StandardStream::Stdout).await;
    let errors = output(client, &process, StandardStream::Stderr).await;
    let code = exit(client, &process).await.code;
    let delete = DeleteContainerRequest {
        container_id: process.container_id,
    };
    client.delete_container(delete).await.unwrap();
    (text + &errors, code)
}
