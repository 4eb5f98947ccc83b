package dev.cofferdam.shim.container;

import dev.cofferdam.cri.v1.ContainerConfig;
import dev.cofferdam.cri.v1.ContainerEventType;
import dev.cofferdam.cri.v1.CreateContainerRequest;
import dev.cofferdam.cri.v1.CreateContainerResponse;
import dev.cofferdam.cri.v1.LinuxContainerSecurityContext;
import dev.cofferdam.cri.v1.Mount;
import dev.cofferdam.cri.v1.SupplementalGroupsPolicy;
import dev.cofferdam.sandbox.Capabilities;
import dev.cofferdam.sandbox.Capabilities.Feature;
import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.ContainerSpec;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.MountSpec;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.RootFilesystem;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.Stdio;
import dev.cofferdam.shim.front.CallDeadline;
import dev.cofferdam.shim.front.OwnCall;
import dev.cofferdam.shim.handler.Backends;
import dev.cofferdam.shim.host.ContainerImage;
import dev.cofferdam.shim.host.Host;
import dev.cofferdam.shim.host.HostPaths;
import dev.cofferdam.shim.live.ContainerEvents;
import dev.cofferdam.shim.live.Ids;
import dev.cofferdam.shim.live.Names;
import dev.cofferdam.shim.live.Pod;
import dev.cofferdam.shim.live.PodContainer;
import dev.cofferdam.shim.live.Pods;
import dev.cofferdam.shim.live.Steps;
import dev.cofferdam.shim.live.Timeouts;
import dev.cofferdam.shim.live.Turn;
import dev.cofferdam.shim.seccomp.SeccompProfiles;
import dev.cofferdam.shim.state.ContainerRecord;
import dev.cofferdam.shim.state.ContainerRecord.Phase;
import dev.cofferdam.shim.state.SandboxRecord;
import dev.cofferdam.shim.state.StateStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** CreateContainer: root file system, streams and a place in the sandbox, but no process yet. */
public final class ContainerCreate
    implements OwnCall<CreateContainerRequest, CreateContainerResponse> {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerCreate.class);

  private final Pods pods;
  private final Backends backends;
  private final StateStore store;
  private final Host host;
  private final HostPaths paths;
  private final ContainerFolders folders;
  private final ContainerEvents events;
  private final Timeouts timeouts;
  private final Steps.Watch watch;

  /**
   * @param watch is told how long each step took
   */
  public ContainerCreate(
      Pods pods,
      Backends backends,
      StateStore store,
      Host host,
      HostPaths paths,
      ContainerEvents events,
      Timeouts timeouts,
      Steps.Watch watch) {
    this.pods = pods;
    this.backends = backends;
    this.store = store;
    this.host = host;
    this.paths = paths;
    this.folders = new ContainerFolders(paths);
    this.events = events;
    this.timeouts = timeouts;
    this.watch = watch;
  }

  @Override
  public CreateContainerResponse call(CreateContainerRequest request) {
    Pod pod = pods.pod(request.getPodSandboxId());
    ContainerConfig config = request.getConfig();
    String name = ContainerRequests.name(pod.id(), config);
    ContainerRequests.validate(config, pod.record().config());
    ContainerRequests.refuseUnsupported(config, pod.record(), capabilities(pod.record()));
    Steps steps = new Steps(watch);
    Names.Made made =
        pods.containerNames()
            .make(
                name,
                () -> create(pod, config, steps),
                steps::current,
                CallDeadline.atMost(timeouts.turn()));
    if (!made.now()) {
      requireCreated(name, made.id());
    }
    return CreateContainerResponse.newBuilder().setContainerId(made.id()).build();
  }

  private Capabilities capabilities(SandboxRecord sandbox) {
    return backends.require(sandbox.backend()).capabilities(sandbox.spec().variant());
  }

  private String create(Pod pod, ContainerConfig config, Steps steps) {
    try (Turn.Taken _ = pod.takeTurn("create a container in", Deadline.after(timeouts.turn()))) {
      Sandbox sandbox = pod.running();
      ContainerImage image =
          steps.run("find the image", () -> host.images().resolve(config.getImage().getImage()));
      ContainerRecord planned = ContainerPlan.record(Ids.next(), pod, config, image);
      try {
        return build(planned, pod, sandbox, image, steps);
      } catch (RuntimeException | Error e) {
        List<String> left = steps.undo();
        if (!left.isEmpty()) {
          leave(planned, left);
        }
        throw e;
      }
    }
  }

  /** What could not be undone is on disk and in mind, for the sweep and the next shim. */
  private void leave(ContainerRecord planned, List<String> left) {
    LOG.warn("container {} could not be made, nor be undone: {}", planned.id(), left);
    pods.leftovers().add(planned.id());
    try {
      store.save(planned);
    } catch (RuntimeException e) {
      LOG.warn(
          "that container {} is left in part is not on disk: {}", planned.id(), e.getMessage());
    }
  }

  private String build(
      ContainerRecord planned, Pod pod, Sandbox sandbox, ContainerImage image, Steps steps) {
    String id = planned.id();
    ContainerConfig config = planned.config();
    LinuxContainerSecurityContext security = config.getLinux().getSecurityContext();
    Path mountPoint = paths.rootFilesystem(id);

    steps.effect(
        "write the container's record",
        () -> {
          store.save(planned);
          Files.createDirectories(store.containerFolder(id).resolve("backend"));
        },
        () -> store.removeContainer(id));

    steps.effect(
        "make the container's folders", () -> folders.make(planned), () -> folders.remove(id));

    RootFilesystem root =
        steps.run(
            "prepare the root file system",
            () -> prepareRoot(pod, id, image, mountPoint),
            () -> host.images().remove(id, mountPoint));

    ProcessSpec.User user =
        steps.run(
            "find the user in the image",
            () ->
                host.images()
                    .user(
                        root,
                        ContainerPlan.user(security, image),
                        security.hasRunAsGroup()
                            ? Optional.of(security.getRunAsGroup().getValue())
                            : Optional.empty(),
                        security.getSupplementalGroupsList(),
                        security.getSupplementalGroupsPolicy() == SupplementalGroupsPolicy.Merge));

    Map<String, Path> images =
        config.getMountsList().stream().noneMatch(ContainerRequests::isImage)
            ? Map.of()
            : steps.run(
                "mount the images that are volumes",
                () -> imageVolumes(id, config),
                () -> host.images().removeVolumes(id, paths.imageVolumes(id)));

    List<MountSpec> mounts =
        steps.run(
            "prepare the mounts",
            () ->
                ContainerMounts.of(
                    config,
                    images,
                    image,
                    paths.podFiles(pod.id()),
                    store.containerFolder(id).resolve("volumes"),
                    (path, folder) ->
                        host.images().copy(root, path, folder, Deadline.after(timeouts.create()))));

    Stdio stdio =
        steps.run(
            "open the container's log",
            () ->
                host.logs()
                    .open(
                        id,
                        paths.streams(id),
                        planned.logFile(),
                        config.getStdin(),
                        config.getTty()),
            () -> host.logs().remove(id));

    Path directory = store.containerFolder(id).resolve("backend");
    Optional<Path> seccompProfile =
        steps.run(
            "write the seccomp profile",
            () -> SeccompProfiles.write(security, ContainerCapabilities.of(security), directory));

    ContainerSpec spec =
        ContainerPlan.spec(
            planned,
            pod.record(),
            image,
            new ContainerPlan.Prepared(directory, root, user, mounts, stdio, seccompProfile));

    Container container =
        steps.run(
            "create the container in its sandbox",
            () -> sandbox.createContainer(spec, Deadline.after(timeouts.create())));

    ContainerRecord created = planned.withSpec(spec, Phase.CREATED);
    steps.effect(
        "write that the container is made",
        () -> store.save(created),
        () -> container.delete(Deadline.after(timeouts.release())));

    PodContainer live = new PodContainer(pod, created, store);
    live.runsAs(container);
    pods.add(live);
    events.of(live, ContainerEventType.CONTAINER_CREATED_EVENT);
    ContainerRequests.ignored(config)
        .forEach(what -> host.notices().ignored(pod.record().config(), what));
    CpuLimitNotice.of(config, pod.record().config(), capabilities(pod.record()))
        .ifPresent(what -> host.notices().ignored(pod.record().config(), what));
    return id;
  }

  private RootFilesystem prepareRoot(Pod pod, String id, ContainerImage image, Path mountPoint) {
    Deadline deadline = Deadline.after(timeouts.create());
    return capabilities(pod.record()).has(Feature.ROOT_FROM_IMAGE)
        ? host.images().prepareImage(id, image, mountPoint, deadline)
        : host.images().prepare(id, image, mountPoint, deadline);
  }

  /** Where each image that is a volume is mounted, by its name in the request. */
  private Map<String, Path> imageVolumes(String id, ContainerConfig config) {
    Map<String, Path> mounted = new HashMap<>();
    for (Mount mount : config.getMountsList()) {
      String name = mount.getImage().getImage();
      if (ContainerRequests.isImage(mount) && !mounted.containsKey(name)) {
        ContainerImage image = host.images().resolve(name);
        mounted.put(
            name,
            host.images()
                .volume(
                    id,
                    image,
                    paths.imageVolumes(id),
                    mounted.size(),
                    Deadline.after(timeouts.create())));
      }
    }
    return mounted;
  }

  private void requireCreated(String name, String id) {
    Phase phase = pods.container(id).record().phase();
    if (phase != Phase.CREATED) {
      throw new SandboxException(
          ErrorCode.ALREADY_EXISTS,
          "container \"" + name + "\" is there already, as " + id + " (" + phase + ")");
    }
  }
}
