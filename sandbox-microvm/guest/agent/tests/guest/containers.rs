//! What a container is inside. One guest, one behaviour after the other: a boot costs seconds under emulation.

use std::time::Duration;

use crate::machine::{Client, Machine, container, exit, run, shell, start};
use crate::proto::*;

#[tokio::test]
#[ignore = "needs a guest: dev/lib/guest-test"]
async fn container_in_a_guest_is_what_was_asked_for() {
    let (machine, mut client) = Machine::boot().await;
    let client = &mut client;
    sees_the_pods_name_and_the_guests_kernel(client).await;
    user_groups_and_capabilities_are_as_given(client).await;
    masked_and_read_only_paths_hold(client).await;
    seccomp_refuses_what_the_profile_names(client).await;
    memory_limit_kills_and_says_so(client).await;
    missing_program_is_named(client).await;
    files_and_volumes_are_mounted(client).await;
    kill_ends_all_processes(client).await;
    stop_before_the_handler_is_set_is_heard(client).await;
    state_tells_a_new_host_everything(client).await;
    port_is_reached(&machine, client).await;
}

async fn sees_the_pods_name_and_the_guests_kernel(client: &mut Client) {
    let (text, code) = run(
        client,
        container(shell(
            "hostname; echo $GREETING; cat /proc/version; echo $$",
        )),
    )
    .await;
    let own = std::fs::read_to_string("/proc/version").unwrap();
    assert!(
        text.starts_with("the-pod\nhello\nLinux version") && text.ends_with("\n1\n"),
        "{text}"
    );
    assert!(!text.contains(&own));
    assert_eq!(code, 0);
}

async fn user_groups_and_capabilities_are_as_given(client: &mut Client) {
    let mut process = shell("id; cat /proc/self/status");
    process.uid = 1000;
    process.gid = 2000;
    process.supplementary_groups = vec![3000];
    process.ambient_capabilities = vec!["CAP_KILL".to_owned()];
    let (text, _) = run(client, container(process)).await;
    assert!(
        text.contains("uid=1000 gid=2000 groups=3000")
            || text.contains("uid=1000 gid=2000 groups=2000,3000"),
        "{text}"
    );
    for line in [
        "CapBnd:\t0000000000000020",
        "CapEff:\t0000000000000020",
        "NoNewPrivs:\t1",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}

async fn masked_and_read_only_paths_hold(client: &mut Client) {
    let mut request = container(shell(
        "cat /proc/cmdline; echo x > /proc/sys/kernel/hostname && echo written; echo y > /new && echo rooted",
    ));
    request.masked_paths = vec!["/proc/cmdline".to_owned()];
    request.read_only_paths = vec!["/proc/sys".to_owned()];
    if let Some(root) = &mut request.root {
        root.read_only = true;
    }
    let (text, _) = run(client, request).await;
    assert!(
        !text.contains("tsc_early_khz") && !text.contains("written") && !text.contains("rooted"),
        "{text}"
    );
}

async fn seccomp_refuses_what_the_profile_names(client: &mut Client) {
    let profile = r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls":
        [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]}"#;
    for strict in [true, false] {
        let mut request = container(shell(
            "mkdir /made && echo made; id -u; cat /proc/self/status",
        ));
        request.seccomp_profile = profile.as_bytes().to_vec();
        if let Some(process) = &mut request.process {
            process.no_new_privileges = strict;
            process.uid = 5;
        }
        let (text, _) = run(client, request).await;
        assert!(
            !text.contains("made\n") && text.contains("Seccomp:\t2"),
            "{text}"
        );
        assert!(text.contains("CapEff:\t0000000000000000"), "{text}");
    }
}

async fn memory_limit_kills_and_says_so(client: &mut Client) {
    let mut request = container(shell("exec dd if=/dev/zero of=/dev/null bs=60M count=1"));
    request.resources = Some(Resources {
        memory_bytes: 16 << 20,
        pids: 50,
        ..Default::default()
    });
    let process = start(client, request).await;
    let exit = exit(client, &process).await;
    assert_eq!((exit.code, exit.out_of_memory), (137, true));
}

async fn missing_program_is_named(client: &mut Client) {
    let mut process = shell("");
    process.args = vec!["/no/such/program".to_owned()];
    let request = container(process);
    let container_id = request.container_id.clone();
    client.create_container(request).await.unwrap();
    let refused = client
        .start_container(StartContainerRequest {
            container_id: container_id.clone(),
        })
        .await
        .unwrap_err();
    assert_eq!(refused.code(), tonic::Code::InvalidArgument, "{refused:?}");
    assert!(
        refused.message().contains("/no/such/program"),
        "{refused:?}"
    );
    client
        .delete_container(DeleteContainerRequest { container_id })
        .await
        .unwrap();
}

async fn files_and_volumes_are_mounted(client: &mut Client) {
    let memory = add_volume_request::Kind::Memory(MemoryVolume {
        size_bytes: 1 << 20,
        ..Default::default()
    });
    let scratch = add_volume_request::Kind::Scratch(ScratchVolume::default());
    for (id, kind) in [("memory", memory), ("empty", scratch)] {
        client
            .add_volume(AddVolumeRequest {
                volume_id: id.to_owned(),
                kind: Some(kind),
            })
            .await
            .unwrap();
    }
    let volume = |id: &str, destination: &str, read_only| Mount {
        destination: destination.to_owned(),
        source: Some(mount::Source::Volume(VolumePath {
            volume_id: id.to_owned(),
            sub_path: String::new(),
        })),
        read_only,
        recursive_read_only: read_only,
        ..Default::default()
    };
    let mut writer = container(shell(
        "cat /etc/motd; echo shared > /data/file; dd if=/dev/zero of=/mem/big bs=1M count=2",
    ));
    writer.mounts = vec![
        volume("empty", "/data", false),
        volume("memory", "/mem", false),
        Mount {
            destination: "/etc/motd".to_owned(),
            source: Some(mount::Source::FileContent(b"a line\n".to_vec())),
            ..Default::default()
        },
    ];
    let (text, _) = run(client, writer).await;
    assert!(
        text.contains("a line") && text.contains("No space left"),
        "{text}"
    );
    let mut reader = container(shell("cat /data/file; echo more > /data/file"));
    reader.mounts = vec![volume("empty", "/data", true)];
    let (text, _) = run(client, reader).await;
    assert!(
        text.contains("shared") && text.contains("Read-only"),
        "{text}"
    );
    for id in ["memory", "empty"] {
        client
            .remove_volume(RemoveVolumeRequest {
                volume_id: id.to_owned(),
            })
            .await
            .unwrap();
    }
}

async fn kill_ends_all_processes(client: &mut Client) {
    let process = start(
        client,
        container(shell("sleep 1000 & sleep 1000 & sleep 1000")),
    )
    .await;
    let list = ListProcessesRequest {
        container_id: process.container_id.clone(),
    };
    while client
        .list_processes(list.clone())
        .await
        .unwrap()
        .into_inner()
        .pids
        .len()
        < 3
    {}
    let kill = SignalRequest {
        process: Some(process.clone()),
        signal: 9,
        all: true,
    };
    client.signal(kill.clone()).await.unwrap();
    assert_eq!(exit(client, &process).await.code, 137);
    assert!(
        client
            .list_processes(list)
            .await
            .unwrap()
            .into_inner()
            .pids
            .is_empty()
    );
    client.signal(kill).await.unwrap();
}

async fn stop_before_the_handler_is_set_is_heard(client: &mut Client) {
    let late = "sleep 2; trap 'exit 3' TERM; while true; do sleep 1; done";
    let process = start(client, container(shell(late))).await;
    let stop = SignalRequest {
        process: Some(process.clone()),
        signal: 15,
        all: false,
    };
    client.signal(stop).await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(60), exit(client, &process)).await;
    assert_eq!(ended.expect("the signal was lost").code, 3);
}

async fn state_tells_a_new_host_everything(client: &mut Client) {
    let created = container(shell("true"));
    client.create_container(created.clone()).await.unwrap();
    client.create_container(created.clone()).await.unwrap();
    let other = CreateContainerRequest {
        privileged: true,
        ..created.clone()
    };
    assert_eq!(
        client.create_container(other).await.unwrap_err().code(),
        tonic::Code::AlreadyExists
    );
    let state = client
        .get_state(GetStateRequest {})
        .await
        .unwrap()
        .into_inner();
    let known = state
        .containers
        .iter()
        .find(|c| c.id == created.container_id)
        .unwrap();
    assert_eq!(known.phase(), Phase::Created);
    assert_eq!(state.images, ["busybox"]);
    let busy = client
        .unmount_image(UnmountImageRequest {
            image_id: "busybox".to_owned(),
        })
        .await;
    assert_eq!(busy.unwrap_err().code(), tonic::Code::FailedPrecondition);
    let stats = client
        .get_stats(GetStatsRequest {
            file_systems: true,
            ..Default::default()
        })
        .await
        .unwrap()
        .into_inner();
    assert!(stats.pod.unwrap().cpu_nanos > 0);
}

async fn port_is_reached(machine: &Machine, client: &mut Client) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    start(
        client,
        container(shell("while true; do nc -l -p 8080 -e /bin/cat; done")),
    )
    .await;
    let mut answer = [0; 3];
    let mut stream = loop {
        let mut stream = machine.connect(1025).await.unwrap();
        stream.write_all(b"8080\n").await.unwrap();
        stream.read_exact(&mut answer).await.unwrap();
        if &answer == b"OK\n" {
            break stream;
        }
    };
    stream.write_all(b"ping").await.unwrap();
    let mut echo = [0; 4];
    stream.read_exact(&mut echo).await.unwrap();
    assert_eq!(&echo, b"ping");
    let mut nobody = machine.connect(1025).await.unwrap();
    nobody.write_all(b"9\n").await.unwrap();
    let mut text = String::new();
    nobody.read_to_string(&mut text).await.unwrap();
    assert!(text.starts_with("ERR 127.0.0.1 port 9"), "{text}");
}
