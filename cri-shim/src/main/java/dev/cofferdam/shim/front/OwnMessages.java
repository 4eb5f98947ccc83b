package dev.cofferdam.shim.front;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.cofferdam.sandbox.SandboxException;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import java.io.ByteArrayInputStream;
import java.util.Optional;

/** From a request that is ours, as bytes, to the call that answers it, and back to bytes. */
final class OwnMessages {
  private final Ownership ownership;

  OwnMessages(Ownership ownership) {
    this.ownership = ownership;
  }

  /** Answers a request whose field 1 is an ID of ours, given whole or as a prefix. */
  <Q extends Message, R extends Message> byte[] answer(
      Route.Answered<Q, R> route, byte[] request, String fullId) throws Exception {
    Q parsed = parse(route.method(), request);
    FieldDescriptor id = parsed.getDescriptorForType().findFieldByNumber(1);
    // Kubelet gives it whole: a message need not be made anew.
    Q whole = fullId.equals(parsed.getField(id)) ? parsed : with(parsed, id, fullId);
    return route.call().call(whole).toByteArray();
  }

  /** Answers a request that is ours for another reason than an ID in it. */
  <Q extends Message, R extends Message> byte[] answer(Route.Answered<Q, R> route, byte[] request)
      throws Exception {
    return route.call().call(withWholeFilterIds(parse(route.method(), request))).toByteArray();
  }

  static <Q extends Message> Q parse(MethodDescriptor<Q, ?> method, byte[] request) {
    if (method.getRequestMarshaller() instanceof PrototypeMarshaller<Q> known) {
      Message prototype = known.getMessagePrototype();
      if (prototype != null) {
        RequestCheck.check(prototype.getDescriptorForType(), request);
      }
    }
    return method.parseRequest(new ByteArrayInputStream(request));
  }

  private <Q extends Message> Q withWholeFilterIds(Q request) {
    FieldDescriptor field = request.getDescriptorForType().findFieldByName("filter");
    if (field == null || !request.hasField(field)) {
      return request;
    }
    Message filter = (Message) request.getField(field);
    boolean ofSandboxes = filter.getDescriptorForType().getName().startsWith("PodSandbox");
    filter = withWholeId(filter, "id", ofSandboxes);
    filter = withWholeId(filter, "pod_sandbox_id", true);
    return with(request, field, filter);
  }

  private Message withWholeId(Message filter, String name, boolean ofSandbox) {
    FieldDescriptor field = filter.getDescriptorForType().findFieldByName(name);
    if (field == null) {
      return filter;
    }
    String id = (String) filter.getField(field);
    return wholeId(id, ofSandbox).map(found -> with(filter, field, found)).orElse(filter);
  }

  private Optional<String> wholeId(String id, boolean ofSandbox) {
    if (id.isEmpty()) {
      return Optional.empty();
    }
    try {
      return ofSandbox ? ownership.sandboxId(id) : ownership.containerId(id);
    } catch (SandboxException ambiguous) {
      // As with containerd, a filter by it finds nothing.
      return Optional.empty();
    }
  }

  // What a message's builder builds is a message of the same type.
  @SuppressWarnings("unchecked")
  private static <M extends Message> M with(M message, FieldDescriptor field, Object value) {
    return (M) message.toBuilder().setField(field, value).build();
  }
}
