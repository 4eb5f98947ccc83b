package dev.cofferdam.shim.front;

import com.google.protobuf.Message;

/**
 * Answers one call that is about our pods. Runs on a virtual thread of its own, so it may block;
 * {@link CallDeadline} tells for how long. Readiness, logging and the mapping of failures to gRPC
 * codes are done around it: it throws {@link dev.cofferdam.sandbox.SandboxException} and logs
 * nothing about the call itself.
 *
 * <p>When the caller goes away the call runs on to its end: half a pod is worse than one that a
 * retry finds finished. Who wants to know asks {@link CallDeadline#callerIsGone}.
 *
 * @param <Q> the request
 * @param <R> the response
 */
@FunctionalInterface
public interface OwnCall<Q extends Message, R extends Message> {
  R call(Q request) throws Exception;
}
