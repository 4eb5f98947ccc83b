//! Standard streams, terminals, and processes beside the first one.

use crate::machine::{Client, Machine, container, exit, output, shell, start};
use crate::proto::*;

#[tokio::test]
#[ignore = "needs a guest: dev/lib/guest-test"]
async fn streams_in_a_guest_lose_nothing() {
    let (_machine, mut client) = Machine::boot().await;
    let client = &mut client;
    input_is_read_to_its_end(client).await;
    output_nobody_reads_waits(client).await;
    exec_has_streams_and_a_code(client).await;
    exec_has_a_terminal_of_the_given_size(client).await;
    exec_ends_with_its_container(client).await;
    terminal_of_a_first_process_works(client).await;
}

async fn write(
    client: &mut Client,
    process: &ProcessRef,
    offset: u64,
    data: &[u8],
    end: bool,
) -> WriteInputResponse {
    let request = WriteInputRequest {
        process: Some(process.clone()),
        offset,
        data: data.to_vec(),
        end,
    };
    client.write_input(request).await.unwrap().into_inner()
}

async fn input_is_read_to_its_end(client: &mut Client) {
    let process = start(client, container(shell("wc -c"))).await;
    let chunk = vec![b'x'; 60_000];
    let mut offset = 0;
    while offset < 600_000 {
        offset = write(client, &process, offset, &chunk[..], false)
            .await
            .offset;
    }
    assert!(write(client, &process, offset, b"", true).await.closed);
    let text = output(client, &process, StandardStream::Stdout).await;
    assert_eq!(text.trim(), offset.to_string());
    assert_eq!(exit(client, &process).await.code, 0);
}

async fn output_nobody_reads_waits(client: &mut Client) {
    let process = start(
        client,
        container(shell(
            "dd if=/dev/zero bs=1k count=1000 2>/dev/null; echo done >&2",
        )),
    )
    .await;
    let text = output(client, &process, StandardStream::Stdout).await;
    assert_eq!(text.len(), 1_024_000);
    assert_eq!(
        output(client, &process, StandardStream::Stderr).await,
        "done\n"
    );
}

async fn exec(client: &mut Client, container_id: &str, exec_id: &str, spec: Process) -> ProcessRef {
    let process = ProcessRef {
        container_id: container_id.to_owned(),
        exec_id: exec_id.to_owned(),
    };
    let request = ExecRequest {
        process: Some(process.clone()),
        spec: Some(spec),
        stdin: true,
        stdout: true,
        stderr: true,
    };
    client.exec(request).await.unwrap();
    process
}

async fn exec_has_streams_and_a_code(client: &mut Client) {
    let first = start(client, container(shell("sleep 1000"))).await;
    let process = exec(
        client,
        &first.container_id,
        "one",
        shell("echo out; echo $GREETING >&2; exit 9"),
    )
    .await;
    assert_eq!(
        output(client, &process, StandardStream::Stdout).await,
        "out\n"
    );
    assert_eq!(
        output(client, &process, StandardStream::Stderr).await,
        "hello\n"
    );
    assert_eq!(exit(client, &process).await.code, 9);
    let mut missing = shell("");
    missing.args = vec!["/no/such/program".to_owned()];
    let request = ExecRequest {
        process: Some(ProcessRef {
            exec_id: "two".to_owned(),
            ..first.clone()
        }),
        spec: Some(missing),
        ..Default::default()
    };
    let refused = client.exec(request).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::InvalidArgument, "{refused:?}");
}

async fn exec_has_a_terminal_of_the_given_size(client: &mut Client) {
    let first = start(client, container(shell("sleep 1000"))).await;
    let script = "test -t 0 && test -t 1 && test -t 2 && echo terminal; read go; stty size";
    let spec = Process {
        terminal: true,
        ..shell(script)
    };
    let process = exec(client, &first.container_id, "tty", spec).await;
    let resize = ResizeTerminalRequest {
        process: Some(process.clone()),
        columns: 101,
        rows: 37,
    };
    client.resize_terminal(resize).await.unwrap();
    write(client, &process, 0, b"go\n", false).await;
    let text = output(client, &process, StandardStream::Stdout).await;
    // The terminal's echo of what was written may come before the end of the first line.
    assert!(
        text.contains("terminal") && text.contains("37 101\r\n"),
        "{text}"
    );
    assert_eq!(exit(client, &process).await.code, 0);
}

async fn exec_ends_with_its_container(client: &mut Client) {
    let first = start(client, container(shell("sleep 1000"))).await;
    let process = exec(client, &first.container_id, "long", shell("sleep 1000")).await;
    let kill = SignalRequest {
        process: Some(first.clone()),
        signal: 9,
        all: false,
    };
    client.signal(kill).await.unwrap();
    assert_eq!(exit(client, &first).await.code, 137);
    assert_eq!(exit(client, &process).await.code, 137);
    let request = ExecRequest {
        process: Some(ProcessRef {
            exec_id: "late".to_owned(),
            ..first
        }),
        spec: Some(shell("true")),
        ..Default::default()
    };
    assert_eq!(
        client.exec(request).await.unwrap_err().code(),
        tonic::Code::FailedPrecondition
    );
}

async fn terminal_of_a_first_process_works(client: &mut Client) {
    let request = container(Process {
        terminal: true,
        ..shell("stty size; read line; echo got $line")
    });
    let process = start(client, request).await;
    write(client, &process, 0, b"this\n", false).await;
    let text = output(client, &process, StandardStream::Stdout).await;
    assert!(text.contains("got this"), "{text}");
    assert_eq!(exit(client, &process).await.code, 0);
}
