package dev.cofferdam.shim.cni;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Puts pods on the node's network by executing CNI plugins. Safe for use by many threads, as long
 * as a sandbox is the business of one at a time. Works the same after a restart: what was added is
 * on disk.
 */
public final class Cni {
  private static final Duration STATUS_TIMEOUT = Duration.ofSeconds(10);

  private final CniSettings settings;
  private final NetworkConfigs configs;
  private final Plugins plugins;
  private final AttachmentCache cache;

  private final GcExclusion gc = new GcExclusion();

  public Cni(CniSettings settings) {
    this.settings = settings;
    this.configs = new NetworkConfigs(settings.configDir());
    this.plugins = new Plugins(settings);
    this.cache = new AttachmentCache(settings.cacheDir());
  }

  /**
   * Attaches a pod. If that fails, what was attached is taken away again before the call returns;
   * what can't be is left for {@link #delete}.
   *
   * @throws SandboxException UNAVAILABLE without a usable configuration, PROGRAM_FAILED with the
   *     plugin's own words, DEADLINE_EXCEEDED, INVALID_ARGUMENT
   */
  public Attachment add(PodNetwork pod, Deadline deadline) {
    return gc.attaching(deadline, () -> attach(pod, deadline));
  }

  private Attachment attach(PodNetwork pod, Deadline deadline) {
    PodArguments arguments = PodArguments.of(pod, settings.podAddresses());
    NetworkList network = configs.first();
    // Better known before anything was done than halfway.
    network.plugins().forEach(plugins::program);
    CachedAttachment attachment =
        new CachedAttachment(
            pod.sandboxId(),
            pod.networkNamespace().toString(),
            arguments,
            network,
            Optional.empty());
    cache.write(attachment);
    try {
      PluginResult result = addAll(attachment, deadline);
      List<String> ips = ips(network, result);
      cache.write(attachment.with(result));
      return new Attachment(ips, result.json().toString());
    } catch (SandboxException e) {
      undo(attachment, e);
      throw e;
    }
  }

  /**
   * Detaches a pod by the configuration that it was attached with. Without effect if it isn't
   * attached.
   */
  public void delete(PodNetwork pod, Deadline deadline) {
    boolean _ =
        gc.attaching(
            deadline,
            () -> {
              detach(pod, deadline);
              return true;
            });
  }

  private void detach(PodNetwork pod, Deadline deadline) {
    PodArguments arguments = PodArguments.of(pod, true);
    Optional<CachedAttachment> attachment;
    try {
      attachment = cache.read(pod.sandboxId());
    } catch (SandboxException corrupt) {
      // The best that can be done: as if it had been added with what is configured now.
      attachment =
          Optional.of(
              new CachedAttachment(
                  pod.sandboxId(),
                  pod.networkNamespace().toString(),
                  arguments,
                  configs.first(),
                  Optional.empty()));
    }
    if (attachment.isPresent()) {
      deleteAll(attachment.get(), deadline);
    } else {
      cache.remove(pod.sandboxId());
    }
  }

  /**
   * Asks the plugins whether the attachment is still as it was made, but for the addresses and
   * routes, which the wall has taken out of the namespace into its own network stack. Nothing is
   * asked of networks of before CNI 0.4.0, or with {@code disableCheck}.
   *
   * @throws SandboxException NOT_FOUND if the pod isn't attached; PROGRAM_FAILED if a plugin
   *     objects
   */
  public void check(PodNetwork pod, Deadline deadline) {
    PodArguments _ = PodArguments.of(pod, true);
    CachedAttachment attachment =
        cache
            .read(pod.sandboxId())
            .filter(found -> found.result().isPresent())
            .orElseThrow(
                () ->
                    new SandboxException(
                        ErrorCode.NOT_FOUND,
                        "pod sandbox " + pod.sandboxId() + " is not attached to a network"));
    NetworkList network = attachment.network();
    if (network.disableCheck() || !network.version().hasCheck()) {
      return;
    }
    Optional<PluginResult> left = attachment.result().map(PluginResult::withoutAddresses);
    for (ObjectNode plugin : network.plugins()) {
      plugins.check(plugin, attachment, left, deadline);
    }
  }

  /** Why no pod could be attached now; empty if the network is ready. Takes 10 s at most. */
  public Optional<String> notReadyReason() {
    Deadline deadline = Deadline.after(STATUS_TIMEOUT);
    try {
      NetworkList network = configs.first();
      network.plugins().forEach(plugins::program);
      if (network.version().hasStatus()) {
        network.plugins().forEach(plugin -> plugins.status(network, plugin, deadline));
      }
      return Optional.empty();
    } catch (SandboxException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /** Whether the pods' network is one whose plugins may be told to collect garbage. */
  public boolean hasGc() {
    NetworkList network = configs.first();
    return network.version().hasGc() && !network.disableGc();
  }

  /**
   * Tells the plugins of the pods' network which attachments there are on the node, ours and
   * others': they free what belongs to none. <b>A plugin cuts off whatever is not listed.</b>
   * Nothing is done while an attachment of ours is being made or ended.
   *
   * @param others gives all attachments that are not ours; asked once nothing of ours can change,
   *     and to throw when it can't tell for certain
   * @param running sandboxes of ours that must be among those that we know as attached
   * @return whether the plugins were asked
   * @throws SandboxException with the first plugin's failure; the others are asked all the same
   */
  public boolean collectGarbage(
      Supplier<Set<AttachmentId>> others, Collection<String> running, Deadline deadline) {
    return gc.alone(
        () -> {
          if (!hasGc()) {
            return false;
          }
          Set<AttachmentId> valid = new LinkedHashSet<>(others.get());
          cache.sandboxIdsWith(running).stream()
              .map(id -> new AttachmentId(id, Plugins.INTERFACE))
              .forEach(valid::add);
          plugins.collectGarbage(configs.first(), valid, deadline);
          return true;
        });
  }

  /** The sandboxes that are attached, or may be. */
  public List<String> sandboxIds() {
    return cache.sandboxIds();
  }

  private PluginResult addAll(CachedAttachment attachment, Deadline deadline) {
    NetworkList network = attachment.network();
    Optional<PluginResult> previous = Optional.empty();
    for (ObjectNode plugin : network.plugins()) {
      String output = plugins.run(Plugins.Command.ADD, plugin, attachment, previous, deadline);
      previous = Optional.of(Plugins.result(plugin, network, output));
    }
    return previous.orElseThrow();
  }

  private static List<String> ips(NetworkList network, PluginResult result) {
    try {
      List<String> ips = result.ips(Plugins.INTERFACE);
      if (ips.isEmpty()) {
        throw new IOException("gave " + Plugins.INTERFACE + " no IP address");
      }
      return ips;
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.PROGRAM_FAILED, "CNI network " + network.name() + ": " + e.getMessage(), e);
    }
  }

  /** The caller's deadline may be what failed, so this has its own. */
  private void undo(CachedAttachment attachment, SandboxException cause) {
    try {
      int count = attachment.network().plugins().size();
      deleteAll(attachment, Deadline.after(settings.pluginTimeout().multipliedBy(count)));
    } catch (SandboxException e) {
      cause.addSuppressed(e);
    }
  }

  /**
   * In reverse, and no further than the first that fails: an address must not be given back while a
   * port mapping still leads to it.
   */
  private void deleteAll(CachedAttachment attachment, Deadline deadline) {
    NetworkList network = attachment.network();
    Optional<PluginResult> previous =
        attachment.result().filter(result -> network.version().deleteTakesPreviousResult());
    CachedAttachment present = withLivingNamespace(attachment);
    for (ObjectNode plugin : network.plugins().reversed()) {
      String _ = plugins.run(Plugins.Command.DEL, plugin, present, previous, deadline);
    }
    cache.remove(attachment.sandboxId());
  }

  /** After a reboot the namespace is gone; plugins then clean up by what they remember. */
  private static CachedAttachment withLivingNamespace(CachedAttachment attachment) {
    String namespace = attachment.networkNamespace();
    if (namespace.isEmpty() || Files.exists(Path.of(namespace))) {
      return attachment;
    }
    return new CachedAttachment(
        attachment.sandboxId(),
        "",
        attachment.arguments(),
        attachment.network(),
        attachment.result());
  }
}
