package evenhand.fairness.data;

import evenhand.autograd.fuzz.FuzzContract;
import evenhand.autograd.fuzz.FuzzTarget;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Files of data: idx, compressed and before compression, CSV, and archives. */
class HostileDataTests extends FuzzContract {
  private static final int LIMIT = 1000;

  @Override
  public List<FuzzTarget> targets() {
    try {
      return List.of(idx(), gzip(), csv(), zip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] idxBytes(int... header) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * header.length + 6);
    IntStream.of(header).forEach(bytes::putInt);
    return bytes.array();
  }

  /** The bytes are compressed first, so that changes reach the reader of the header. */
  private static FuzzTarget idx() {
    Path file = FuzzTarget.scratch().resolve("idx.gz");
    return new FuzzTarget("idx", idxBytes(0x802, 2, 3), List.of(idxBytes(0x802, Integer.MAX_VALUE, Integer.MAX_VALUE),
        idxBytes(0x802, -1, 3), idxBytes(0x802, 0, Integer.MAX_VALUE)), Set.of(DataException.class), bytes -> {
          Files.write(file, IdxTests.compressed(bytes));
          Idx.read(file, 2, LIMIT);
        });
  }

  private static FuzzTarget gzip() throws IOException {
    Path file = FuzzTarget.scratch().resolve("gzip.gz");
    return new FuzzTarget("idx compressed", IdxTests.compressed(idxBytes(0x802, 2, 3)),
        List.of(IdxTests.compressed(new byte[1 << 22])), Set.of(DataException.class), bytes -> {
          Files.write(file, bytes);
          Idx.read(file, 2, LIMIT);
        });
  }

  private static FuzzTarget csv() {
    Path file = FuzzTarget.scratch().resolve("rows.csv");
    String header = "a,".repeat(4000); // names that recur, and as many cells
    return FuzzTarget.text("csv", "x,g,y,job\n1,a,0,\"clerk, old\"\n2.5,b,1,?\n-3e2,a,0,\"nu\"\"rse\"\n4,b,1,NA\n",
        List.of("\uFEFFx;g;y\n1;a;0\n2;b;1\n", "x,g,y\n1,a,\"0", "x,g,y\n\"1\"z,a,0\n",
            header + "g,y\n" + header + "a,0\n"
                + header + "b,1\n"),
        Set.of(DataException.class), bytes -> {
          Files.write(file, bytes);
          Dataset data = Datasets.csv(CsvOptions.of(file, "y", List.of("g")));
          Datasets.csvTable(file, List.of("g"));
          data.table().columns();
        });
  }

  private static byte[] archive(String... names) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      for (String name : names) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write("a,b\n1,2\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
      }
    }
    return out.toByteArray();
  }

  /** Nothing but the wanted entries comes out of an archive, into the given directory. */
  private static FuzzTarget zip() throws IOException {
    Path directory = FuzzTarget.scratch();
    Path out = Files.createDirectory(directory.resolve("out"));
    Path file = directory.resolve("archive.zip");
    DataSource source = new DataSource("toy", java.net.URI.create("https://example.org/toy.zip"),
        List.of(DataSource.File.of("toy.csv", "", 100)));
    return new FuzzTarget("zip", archive("toy.csv", "other"), List.of(archive("../evil", "/evil", "toy.csv")),
        Set.of(UncheckedIOException.class), bytes -> {
          Files.write(file, bytes);
          LinkedHashMap<DataSource.File, Path> parts = new LinkedHashMap<>();
          try {
            DataFiles.unzip(source, file, out, parts);
          } catch (IOException e) {
            throw new UncheckedIOException(e); // the caller makes it one line
          } finally {
            for (Path part : parts.values()) {
              Files.delete(part);
            }
            try (var left = Files.list(out)) {
              if (left.findAny().isPresent() || Files.exists(directory.resolve("evil"))) {
                throw new AssertionError("the archive wrote where it must not");
              }
            }
          }
        });
  }
}
