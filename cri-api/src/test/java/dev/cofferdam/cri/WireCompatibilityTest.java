package dev.cofferdam.cri;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.Descriptors.FileDescriptor;
import dev.cofferdam.containerd.containers.v1.ContainersGrpc;
import dev.cofferdam.containerd.content.v1.ContentGrpc;
import dev.cofferdam.containerd.diff.v1.DiffGrpc;
import dev.cofferdam.containerd.events.v1.EventsGrpc;
import dev.cofferdam.containerd.images.v1.ImagesGrpc;
import dev.cofferdam.containerd.introspection.v1.IntrospectionGrpc;
import dev.cofferdam.containerd.leases.v1.LeasesGrpc;
import dev.cofferdam.containerd.namespaces.v1.NamespacesGrpc;
import dev.cofferdam.containerd.snapshots.v1.SnapshotsGrpc;
import dev.cofferdam.containerd.transfer.v1.TransferGrpc;
import dev.cofferdam.containerd.types.Metric;
import dev.cofferdam.containerd.types.RuntimeInfo;
import dev.cofferdam.containerd.types.Sandbox;
import dev.cofferdam.containerd.types.transfer.ContainerPath;
import dev.cofferdam.containerd.types.transfer.Data;
import dev.cofferdam.containerd.types.transfer.ImageStore;
import dev.cofferdam.containerd.types.transfer.OCIRegistry;
import dev.cofferdam.containerd.types.transfer.Progress;
import dev.cofferdam.containerd.version.v1.VersionGrpc;
import dev.cofferdam.cri.WireTable.Row;
import dev.cofferdam.cri.v1.ImageServiceGrpc;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import io.grpc.ServiceDescriptor;
import io.grpc.protobuf.ProtoFileDescriptorSupplier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Holds our protos against the tables of wire facts, row by row and both ways: every row has its
 * element with the same number, type, label and deprecation, and there is no element without a row.
 */
class WireCompatibilityTest {
  private static final Path PROTOS = Path.of("src/main/protobuf");

  private static final List<FileDescriptor> CRI =
      List.of(
          file(RuntimeServiceGrpc.getServiceDescriptor()),
          file(ImageServiceGrpc.getServiceDescriptor()));

  /** Services, and those types of containerd's that travel only inside an Any. */
  private static final List<FileDescriptor> CONTAINERD =
      List.of(
          file(ContainersGrpc.getServiceDescriptor()),
          file(ContentGrpc.getServiceDescriptor()),
          file(DiffGrpc.getServiceDescriptor()),
          file(EventsGrpc.getServiceDescriptor()),
          file(ImagesGrpc.getServiceDescriptor()),
          file(IntrospectionGrpc.getServiceDescriptor()),
          file(LeasesGrpc.getServiceDescriptor()),
          file(NamespacesGrpc.getServiceDescriptor()),
          file(SnapshotsGrpc.getServiceDescriptor()),
          file(TransferGrpc.getServiceDescriptor()),
          file(VersionGrpc.getServiceDescriptor()),
          Metric.getDescriptor().getFile(),
          RuntimeInfo.getDescriptor().getFile(),
          Sandbox.getDescriptor().getFile(),
          ContainerPath.getDescriptor().getFile(),
          Data.getDescriptor().getFile(),
          ImageStore.getDescriptor().getFile(),
          OCIRegistry.getDescriptor().getFile(),
          Progress.getDescriptor().getFile());

  @Test
  void cri_againstItsTable_sameRowByRow() throws IOException {
    assertSame(WireTable.read("/schema/cri-v1.tsv", "runtime.v1"), CompiledApi.of(CRI).rows());
  }

  @Test
  void containerd_againstItsTable_sameRowByRow() throws IOException {
    assertSame(WireTable.read("/schema/containerd-api.tsv", ""), CompiledApi.of(CONTAINERD).rows());
  }

  /** A file that nobody reaches would escape the comparison. */
  @Test
  void protoFiles_onDisk_areAllCompared() throws IOException {
    Set<String> compared = new TreeSet<>(CompiledApi.of(CRI).files());
    compared.addAll(CompiledApi.of(CONTAINERD).files());
    compared.remove("google/rpc/status.proto");
    try (Stream<Path> files = Files.walk(PROTOS)) {
      Set<String> onDisk =
          files
              .filter(Files::isRegularFile)
              .map(file -> PROTOS.relativize(file).toString())
              .collect(Collectors.toCollection(TreeSet::new));
      assertEquals(onDisk, compared);
    }
  }

  private static void assertSame(Set<Row> table, Set<Row> compiled) {
    assertAll(
        () -> assertEquals(Set.of(), without(table, compiled), "rows that were not compiled"),
        () -> assertEquals(Set.of(), without(compiled, table), "compiled, but in no row"));
  }

  private static Set<Row> without(Set<Row> all, Set<Row> removed) {
    Set<Row> rest = new TreeSet<>(all);
    rest.removeAll(removed);
    return rest;
  }

  private static FileDescriptor file(ServiceDescriptor service) {
    return ((ProtoFileDescriptorSupplier) Objects.requireNonNull(service.getSchemaDescriptor()))
        .getFileDescriptor();
  }
}
