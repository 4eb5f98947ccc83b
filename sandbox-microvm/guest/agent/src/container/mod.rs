//! Containers: made, started, ended, removed.

mod devices;
mod launch;
pub mod launcher;
mod memory_watch;
mod program;
mod rootfs;
pub mod spec;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::unistd::Pid;
use tonic::Code;

use crate::cgroup::{Cgroup, Limits};
use crate::device_filter;
use crate::fault::{Fault, Result, Tried};
use crate::mounting::{home, remove_folder, unmount};
use crate::names::{check_id, short};
use crate::process::streams::Wanted;
use crate::process::{Process, early};
use crate::proto::{
    self, ContainerState, CreateContainerRequest, ExecState, Phase, ProcessRef, Resources,
};
pub use launch::Context;
use launcher::Order;
pub use rootfs::{MountSource, RootSource, Sources};

/// How long killed processes may take to be gone.
const GONE_WITHIN: Duration = Duration::from_secs(10);
/// Processes begun by Exec that a guest keeps, ended ones included.
const MOST_EXECS: usize = 1024;

/// A container. Thread-safe.
pub struct Container {
    pub id: String,
    request: CreateContainerRequest,
    bundle: PathBuf,
    root: rootfs::Root,
    cgroup: Cgroup,
    /// One change of its state at a time.
    turn: tokio::sync::Mutex<Turn>,
    processes: Mutex<HashMap<String, Arc<Process>>>,
}

#[derive(Default)]
struct Turn {
    deleted: bool,
    execs: u64,
    memory_watch: Option<tokio::task::AbortHandle>,
}

impl Container {
    /// Prepares everything but the processes. What was made before a failure is undone.
    pub fn create(
        request: CreateContainerRequest,
        sources: Sources,
        shared_init: Option<Pid>,
    ) -> Result<Container> {
        let id = check_id("container", &request.container_id)?.to_owned();
        let bundle = home("bundles", &id);
        let cgroup = Cgroup::container(&id);
        let made = Self::make(&request, &sources, &bundle, &cgroup, shared_init);
        let root = match made {
            Ok(root) => root,
            Err(fault) => {
                rootfs::remove(&bundle, sources.scratch.as_deref());
                // The first failure is what counts; a group without processes can always be removed.
                let _ = cgroup.remove();
                return Err(fault);
            }
        };
        Ok(Container {
            id,
            request,
            bundle,
            root,
            cgroup,
            turn: tokio::sync::Mutex::default(),
            processes: Mutex::default(),
        })
    }

    fn make(
        request: &CreateContainerRequest,
        sources: &Sources,
        bundle: &std::path::Path,
        cgroup: &Cgroup,
        shared_init: Option<Pid>,
    ) -> Result<rootfs::Root> {
        let limits = Limits::of(&request.resources.clone().unwrap_or_default())?;
        let (root, bound) = rootfs::prepare(request, sources, bundle)?;
        let config = spec::config(
            request,
            &root.path.to_string_lossy(),
            &bound,
            shared_init.map(Pid::as_raw),
        )?;
        if let Some(process) = &request.process {
            crate::mounting::make_folder_beneath(&root.path, &process.working_directory)?;
        }
        launch::write_json(&bundle.join("config.json"), &config)?;
        if !request.seccomp_profile.is_empty() {
            let file = bundle.join("seccomp.json");
            std::fs::write(&file, &request.seccomp_profile)
                .tried(|| format!("writing {}", file.display()))?;
        }
        cgroup.make(&limits)?;
        if !request.privileged {
            device_filter::restrict(cgroup, &rootfs::devices(sources)?)?;
        }
        Ok(root)
    }

    pub fn is_made_from(&self, request: &CreateContainerRequest) -> bool {
        self.request == *request
    }

    fn processes(&self) -> MutexGuard<'_, HashMap<String, Arc<Process>>> {
        self.processes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The first process, once it was started.
    fn init(&self) -> Option<Arc<Process>> {
        self.processes().get("").cloned()
    }

    pub fn process(&self, exec_id: &str) -> Result<Arc<Process>> {
        let found = self.processes().get(exec_id).cloned();
        found.ok_or_else(|| {
            if exec_id.is_empty() {
                Fault::state(format!("container {} was not started", short(&self.id)))
            } else {
                Fault::missing(format!(
                    "no process {exec_id} in container {}",
                    short(&self.id)
                ))
            }
        })
    }

    /// Starts the first process; gives its number.
    pub async fn start(self: &Arc<Self>, context: &Context) -> Result<Pid> {
        let mut turn = self.turn.lock().await;
        if turn.deleted {
            return Err(Fault::missing(format!(
                "container {} is deleted",
                short(&self.id)
            )));
        }
        if let Some(init) = self.init() {
            return Ok(init.pid);
        }
        if turn.memory_watch.is_none() {
            turn.memory_watch = Some(memory_watch::start(
                &self.id,
                &self.cgroup,
                &context.events,
            )?);
        }
        let spec = self.request.process.clone().unwrap_or_default();
        let order = self.order(None, &spec);
        let wanted = Wanted {
            stdin: self.request.stdin,
            stdout: self.request.stdout,
            stderr: self.request.stderr,
            terminal: spec.terminal,
        };
        let launched = launch::launch(context, &order, wanted, &spec).await;
        let (process, ended) = match launched {
            Ok(launched) => launched,
            Err(fault) => {
                self.forget_launch();
                return Err(fault);
            }
        };
        self.processes().insert(String::new(), Arc::clone(&process));
        let pid = process.pid;
        let container = Arc::clone(self);
        let context = context.clone();
        tokio::spawn(async move {
            let status = ended.await.unwrap_or(libc::SIGKILL);
            container.init_ended(&context, &process, status).await;
        });
        Ok(pid)
    }

    /// With the first process all others end, also where they are in a process namespace with others'.
    async fn init_ended(&self, context: &Context, process: &Process, status: i32) {
        let _ = self.cgroup.kill();
        // Those that are not gone by then hold their streams open; what they write is lost.
        self.cgroup.await_empty(GONE_WITHIN).await;
        let kills = self.cgroup.out_of_memory_kills();
        context.ended(
            process,
            ProcessRef {
                container_id: self.id.clone(),
                exec_id: String::new(),
            },
            status,
            kills > 0,
        );
    }

    /// Starts a further process. Gives its number as the container counts it; 0 if it has ended already.
    pub async fn exec(
        self: &Arc<Self>,
        context: &Context,
        request: proto::ExecRequest,
    ) -> Result<u32> {
        let exec_id = request.process.map(|p| p.exec_id).unwrap_or_default();
        check_id("process", &exec_id)?;
        let spec = request
            .spec
            .ok_or_else(|| Fault::invalid("no process to run"))?;
        let mut turn = self.turn.lock().await;
        if self.processes().contains_key(&exec_id) {
            return Err(Fault::new(
                Code::AlreadyExists,
                format!("there is a process {exec_id} already"),
            ));
        }
        if self.processes().len() > MOST_EXECS {
            return Err(Fault::exhausted(format!(
                "{MOST_EXECS} processes were begun and not deleted"
            )));
        }
        if !self.init().is_some_and(|init| init.alive()) || turn.deleted {
            return Err(Fault::state(format!(
                "container {} does not run",
                short(&self.id)
            )));
        }
        turn.execs += 1;
        let name = format!("exec-{}", turn.execs);
        drop(turn); // Execs go side by side.
        let file = self.bundle.join(format!("{name}.json"));
        launch::write_json(&file, &spec::process(&spec, self.filter().is_some())?)?;
        let order = Order {
            process: Some(file.clone()),
            ..self.order(Some(&name), &spec)
        };
        let wanted = Wanted {
            stdin: request.stdin,
            stdout: request.stdout,
            stderr: request.stderr,
            terminal: spec.terminal,
        };
        let launched = launch::launch(context, &order, wanted, &spec).await;
        for file in order.process.iter().chain(&order.console) {
            let _ = std::fs::remove_file(file);
        }
        let (process, ended) = launched?;
        self.processes()
            .insert(exec_id.clone(), Arc::clone(&process));
        let pid = launch::pid_inside(process.pid);
        let (context, cgroup) = (context.clone(), self.cgroup.clone());
        let reference = ProcessRef {
            container_id: self.id.clone(),
            exec_id,
        };
        let before = cgroup.out_of_memory_kills();
        tokio::spawn(async move {
            let status = ended.await.unwrap_or(libc::SIGKILL);
            let kills = cgroup.out_of_memory_kills();
            context.ended(&process, reference, status, kills > before);
        });
        Ok(pid)
    }

    fn order(&self, exec: Option<&str>, spec: &proto::Process) -> Order {
        let console = format!("{}.sock", exec.unwrap_or("init"));
        Order {
            container_id: self.id.clone(),
            bundle: self.bundle.clone(),
            process: None,
            console: spec.terminal.then(|| self.bundle.join(console)),
            filter: self.filter(),
        }
    }

    fn filter(&self) -> Option<PathBuf> {
        (!self.request.seccomp_profile.is_empty()).then(|| self.bundle.join("seccomp.json"))
    }

    /// Ends a process begun by Exec, and forgets it.
    pub async fn delete_process(&self, context: &Context, exec_id: &str) -> Result<()> {
        check_id("process", exec_id)?;
        let Some(process) = self.processes().get(exec_id).cloned() else {
            return Ok(());
        };
        process.signal(&context.reaper, libc::SIGKILL)?;
        process.wait().await?;
        self.processes().remove(exec_id);
        Ok(())
    }

    pub fn signal(&self, context: &Context, exec_id: &str, signal: i32, all: bool) -> Result<()> {
        if all {
            return self.cgroup.signal(signal);
        }
        early::send(self.process(exec_id)?, &context.reaper, signal)
    }

    pub fn freeze(&self, frozen: bool) -> Result<()> {
        if !self.init().is_some_and(|init| init.alive()) {
            return Err(Fault::state(format!(
                "container {} does not run",
                short(&self.id)
            )));
        }
        self.cgroup.freeze(frozen)
    }

    pub fn update(&self, resources: &Resources) -> Result<()> {
        self.cgroup.limit(&Limits::of(resources)?)
    }

    pub fn pids(&self) -> Result<Vec<u32>> {
        let pids = self.cgroup.pids()?;
        Ok(pids
            .into_iter()
            .map(launch::pid_inside)
            .filter(|pid| *pid > 0)
            .collect())
    }

    pub fn stats(&self, file_systems: bool) -> Result<proto::ContainerStats> {
        let writable_layer = match &self.root.writable {
            Some(folder) if file_systems => Some(crate::stats::walk("", folder)?),
            _ => None,
        };
        Ok(proto::ContainerStats {
            container_id: self.id.clone(),
            usage: Some(self.cgroup.usage()?),
            writable_layer,
        })
    }

    pub fn state(&self) -> ContainerState {
        let init = self.init();
        let exit = init.as_ref().and_then(|init| init.exit());
        let phase = match (&init, &exit) {
            (None, _) => Phase::Created,
            (Some(_), Some(_)) => Phase::Ended,
            (Some(_), None) if self.cgroup.frozen() => Phase::Paused,
            (Some(_), None) => Phase::Running,
        };
        let processes = self.processes();
        let execs = processes
            .iter()
            .filter(|(id, _)| !id.is_empty())
            .map(|(id, process)| ExecState {
                exec_id: id.clone(),
                ended: process.exit().is_some(),
            });
        ContainerState {
            id: self.id.clone(),
            phase: phase.into(),
            exit,
            execs: execs.collect(),
        }
    }

    /// Ends all that runs in it, and removes it.
    pub async fn delete(&self) -> Result<()> {
        let mut turn = self.turn.lock().await;
        if turn.deleted {
            return Ok(());
        }
        if let Some(watch) = turn.memory_watch.take() {
            watch.abort();
        }
        if self.cgroup.folder().exists() {
            if self.cgroup.frozen() {
                self.cgroup.freeze(false)?;
            }
            self.cgroup.kill()?;
            if !self.cgroup.await_empty(GONE_WITHIN).await {
                return Err(Fault::internal(format!(
                    "processes of container {} are still there {GONE_WITHIN:?} after they were killed",
                    short(&self.id)
                )));
            }
        }
        self.cgroup.remove()?;
        self.forget_launch();
        unmount(&self.bundle.join("rootfs"))?;
        rootfs::remove(&self.bundle, self.root.scratch.as_deref());
        turn.deleted = true;
        Ok(())
    }

    /// What libcontainer wrote down of it.
    fn forget_launch(&self) {
        let _ = remove_folder(&PathBuf::from(launcher::STATE).join(&self.id));
        let _ = std::fs::remove_file(self.bundle.join("init.sock"));
    }
}
