package evenhand.fairness.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files come from the user's directory, the cache or a server, and only with the right bytes. */
class DataFilesTests {
  private static final byte[] GOOD = "a,b\n1,2\n".getBytes(StandardCharsets.UTF_8);

  @TempDir
  Path directory;
  private HttpServer server;
  private Path cache;
  private DataFiles files;
  private final AtomicInteger asked = new AtomicInteger();

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor()); // answers several at once
    server.start();
    cache = directory.resolve("cache");
    files = new DataFiles(Optional.empty(), cache, downloader(Duration.ofSeconds(20)));
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private Downloader downloader(Duration whole) {
    return new Downloader(uri -> uri.getPort() == server.getAddress().getPort(), Duration.ofSeconds(5), whole);
  }

  private URI address(String path) {
    return URI.create("http://" + server.getAddress().getAddress().getHostAddress() + ":" + server.getAddress()
        .getPort() + path);
  }

  private void serve(String path, byte[] body) {
    server.createContext(path, exchange -> {
      asked.incrementAndGet();
      exchange.sendResponseHeaders(200, body.length);
      try (var out = exchange.getResponseBody()) {
        out.write(body);
      }
    });
  }

  private void redirect(String path, String location) {
    server.createContext(path, exchange -> {
      exchange.getResponseHeaders().add("Location", location);
      exchange.sendResponseHeaders(302, -1);
      exchange.close();
    });
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private DataSource source(String path) {
    return new DataSource("toy", address(path), List.of(DataSource.File.of("toy.csv", sha256(GOOD), 100)));
  }

  private void failsLeavingNothing(DataSource source, String reason) {
    assertThatThrownBy(() -> files.get(source, "toy.csv")).isInstanceOf(DataException.class)
        .hasMessageStartingWith("toy.csv is neither in " + cache).hasMessageContaining(reason)
        .hasMessageContaining("get it from " + source.address() + " and put it at " + cache.resolve("toy/toy.csv"))
        .hasMessageNotContaining("\n");
    assertThat(left()).isEmpty();
  }

  private List<String> left() {
    try (Stream<Path> paths = Files.walk(cache)) {
      return paths.filter(Files::isRegularFile).map(path -> path.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void theUsersDirectoryComesFirstThenTheCache() throws IOException {
    Path given = directory.resolve("given");
    Path cached = Files.write(Files.createDirectories(cache.resolve("toy")).resolve("toy.csv"), GOOD);
    DataFiles both = new DataFiles(Optional.of(given), cache);
    assertThat(both.get(source("/none"), "toy.csv")).isEqualTo(cached);
    Path own = Files.write(Files.createDirectories(given.resolve("toy")).resolve("toy.csv"), GOOD);
    assertThat(both.get(source("/none"), "toy.csv")).isEqualTo(own);
    assertThat(both.local(source("/none"), "toy.csv")).contains(own);
  }

  @Test
  void anotherFileInItsPlaceIsNamedAndStays() throws IOException {
    Path wrong = Files.writeString(Files.createDirectories(cache.resolve("toy")).resolve("toy.csv"), "x");
    assertThatThrownBy(() -> files.get(source("/toy.csv"), "toy.csv")).isInstanceOf(DataException.class)
        .hasMessageStartingWith(wrong + " is not the published file: its SHA-256 is ")
        .hasMessageContaining("; delete it or replace it by the one from ");
    assertThat(wrong).hasContent("x");
  }

  @Test
  void aFileIsDownloadedOnce() {
    serve("/toy.csv", GOOD);
    assertThat(files.get(source("/toy.csv"), "toy.csv")).hasBinaryContent(GOOD);
    assertThat(files.get(source("/toy.csv"), "toy.csv")).isEqualTo(cache.resolve("toy/toy.csv"));
    assertThat(asked).hasValue(1);
    assertThat(left()).containsExactly("toy.csv");
  }

  @Test
  void wrongBytesAreNotKept() {
    serve("/toy.csv", "a,b\n1,3\n".getBytes(StandardCharsets.UTF_8));
    failsLeavingNothing(source("/toy.csv"), "what came is not the published toy.csv: its SHA-256 is ");
  }

  @Test
  void longAnswersAreCutOff() {
    serve("/toy.csv", new byte[100_000]);
    failsLeavingNothing(source("/toy.csv"), "the download failed (");
  }

  @Test
  void errorsOfTheServerAreNamed() {
    failsLeavingNothing(source("/absent"), "the server answered 404");
  }

  @Test
  void redirectsAreFollowedToAllowedAddressesOnly() {
    serve("/real", GOOD);
    redirect("/moved", "/real");
    redirect("/out", "http://127.0.0.1:9/real");
    redirect("/round", "/round");
    failsLeavingNothing(source("/out"), "address http://127.0.0.1:9/real is refused, only https is followed");
    failsLeavingNothing(source("/round"), "more than 5 redirects");
    assertThat(files.get(source("/moved"), "toy.csv")).hasBinaryContent(GOOD);
  }

  @Test
  void plainHttpIsRefused() {
    serve("/toy.csv", GOOD);
    files = new DataFiles(Optional.empty(), cache);
    failsLeavingNothing(source("/toy.csv"), "is refused, only https is followed");
    assertThat(asked).hasValue(0);
  }

  @Test
  void stalledAnswersAreGivenUp() {
    server.createContext("/slow", exchange -> exchange.sendResponseHeaders(200, 50)); // promises 50 bytes, sends none
    files = new DataFiles(Optional.empty(), cache, downloader(Duration.ofMillis(500)));
    failsLeavingNothing(source("/slow"), "the download failed (");
  }

  /** The connection ends before the promised length, or the whole file has not come: neither is kept. */
  @Test
  void aPartOfAFileIsNotKept() {
    server.createContext("/cut.csv", exchange -> {
      exchange.sendResponseHeaders(200, GOOD.length);
      exchange.getResponseBody().write(GOOD, 0, 3);
      exchange.close();
    });
    serve("/short.csv", Arrays.copyOf(GOOD, 3));
    failsLeavingNothing(source("/cut.csv"), "the download failed (");
    failsLeavingNothing(source("/short.csv"), "what came is not the published toy.csv");
  }

  /** What a killed download leaves is never read. */
  @Test
  void whatAKilledDownloadLeftIsNotTaken() throws IOException {
    Files.createDirectories(cache.resolve("toy"));
    Files.write(cache.resolve("toy/download-1.part"), Arrays.copyOf(GOOD, 3));
    assertThat(files.local(source("/toy.csv"), "toy.csv")).isEmpty();
    serve("/toy.csv", GOOD);
    assertThat(files.get(source("/toy.csv"), "toy.csv")).hasBinaryContent(GOOD);
  }

  @Test
  void aRedirectFromHttpsToHttpIsRefused() {
    assertThat(Downloader.https().allowed()).accepts(URI.create("https://example.org/x")).rejects(
        URI.create("http://example.org/x"), URI.create("ftp://example.org/x"), URI.create("file:/x"), URI.create("/x"));
    Downloader first = new Downloader(address("/moved.csv")::equals, Duration.ofSeconds(5), Duration.ofSeconds(20));
    files = new DataFiles(Optional.empty(), cache, first); // one address is as https, no other is
    serve("/toy.csv", GOOD);
    redirect("/moved.csv", address("/toy.csv").toString());
    failsLeavingNothing(source("/moved.csv"), "is refused, only https is followed");
    assertThat(asked).hasValue(0);
  }

  /** Two processes that fetch the same file, both before either has it: both get it whole, and nothing else is left. */
  @Test
  void twoProcessesMayFetchTheSameFileAtOnce() throws Exception {
    CountDownLatch both = new CountDownLatch(2);
    server.createContext("/toy.csv", exchange -> {
      both.countDown();
      try {
        assertThat(both.await(60, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      exchange.sendResponseHeaders(200, GOOD.length);
      exchange.getResponseBody().write(GOOD);
      exchange.close();
    });
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      processes.add(new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
          System.getProperty("java.class.path"), Fetching.class.getName(), address("/toy.csv").toString(), sha256(GOOD),
          cache.toString()).redirectErrorStream(true).redirectOutput(directory.resolve("log" + i).toFile()).start());
    }
    for (int i = 0; i < 2; i++) {
      assertThat(processes.get(i).waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(processes.get(i).exitValue()).as(Files.readString(directory.resolve("log" + i))).isZero();
    }
    assertThat(left()).containsExactly("toy.csv");
    assertThat(cache.resolve("toy/toy.csv")).hasBinaryContent(GOOD);
  }

  /** A process that fetches one file: address, SHA-256, cache. */
  static final class Fetching {
    private Fetching() {}

    public static void main(String[] args) {
      new DataFiles(Optional.empty(), Path.of(args[2]), new Downloader(_ -> true, Duration.ofSeconds(5),
          Duration.ofSeconds(60))).get(new DataSource("toy", URI.create(args[0]),
              List.of(DataSource.File.of("toy.csv", args[1], 100))), "toy.csv");
    }
  }

  @Test
  void anUnwritableCacheIsNamed() throws IOException {
    Files.writeString(cache, "a file where a directory is wanted");
    assertThatThrownBy(() -> files.get(source("/toy.csv"), "toy.csv")).isInstanceOf(DataException.class)
        .hasMessageStartingWith("cache directory " + cache.resolve("toy") + " cannot be written (");
  }

  private static byte[] zip(Map<String, byte[]> entries) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (var entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
      }
    }
    return bytes.toByteArray();
  }

  @Test
  void onlyTheNamedEntriesOfAnArchiveAreTaken() throws IOException {
    serve("/toy.zip", zip(Map.of("toy.csv", GOOD, "../../evil", GOOD, "readme", GOOD)));
    assertThat(files.get(source("/toy.zip"), "toy.csv")).hasBinaryContent(GOOD);
    assertThat(left()).containsExactly("toy.csv");
    assertThat(directory.resolve("evil")).doesNotExist();
  }

  @Test
  void archivesWithoutTheEntryOrWithTooLongOnesAreRefused() throws IOException {
    serve("/none.zip", zip(Map.of("other.csv", GOOD)));
    serve("/bomb.zip", zip(Map.of("toy.csv", new byte[1_000_000])));
    serve("/broken.zip", GOOD);
    failsLeavingNothing(source("/none.zip"), "the archive has no toy.csv");
    failsLeavingNothing(source("/bomb.zip"), "an entry of the archive is longer than 100 bytes");
    failsLeavingNothing(source("/broken.zip"), "the download failed (Zip");
  }

  @Test
  void otherBytesAreTakenWhereHeaderAndLinesAreRight() throws IOException {
    var file = new DataSource.File("toy.csv", sha256(GOOD), 100, Optional.of("a,b"), 2, Optional.empty());
    Path path = directory.resolve("toy.csv");
    assertThat(file.problem(Files.writeString(path, "a,b\n5,6\n"))).isEmpty();
    assertThat(file.problem(Files.writeString(path, "a,c\n5,6\n"))).isPresent();
    assertThat(file.problem(Files.writeString(path, "a,b\n5,6\n7,8\n"))).isPresent();
    assertThat(file.problem(Files.writeString(path, ""))).isPresent();
  }

  @Test
  void aCompressedFileIsKnownByItsContent() throws IOException {
    // the MD5 of "a,b\n1,2\n", by md5sum
    var file = DataSource.File.compressed("toy.gz", "0".repeat(64), "e5ebd4c02cefbe7955977c67ada242b7", 100);
    Path path = directory.resolve("toy.gz");
    assertThat(file.problem(Files.write(path, IdxTests.compressed(GOOD)))).isEmpty();
    assertThat(file.problem(Files.write(path, IdxTests.compressed(new byte[]{1})))).get().asString()
        .startsWith(
            "the MD5 of its uncompressed content is 55a54008ad1ba589aa210d2629c1df41, expected e5ebd4c02cefbe7955977c67ada242b7");
    assertThat(file.problem(Files.write(path, GOOD))).get().asString().contains("cannot be read");
    assertThat(file.problem(Files.write(path, IdxTests.compressed(new byte[5000])))).get().asString()
        .contains("its content is longer than 100 bytes");
    String own = sha256(IdxTests.compressed(new byte[]{2}));
    assertThat(DataSource.File.compressed("toy.gz", own, "none", 100)
        .problem(Files.write(path, IdxTests.compressed(new byte[]{2})))).isEmpty();
  }

  @Test
  void filesOfADirectoryAreFetchedByName() throws IOException {
    serve("/all/toy.csv", GOOD);
    assertThat(files.get(source("/all/"), "toy.csv")).hasBinaryContent(GOOD);
  }

  @Test
  void theCacheIsWhereTheSystemKeepsCaches() {
    Path home = directory.resolve("home");
    Path elsewhere = directory.resolve("elsewhere");
    assertThat(DataFiles.cache(name -> "", home)).isEqualTo(home.resolve(".cache/evenhand"));
    assertThat(DataFiles.cache(name -> name.equals("XDG_CACHE_HOME") ? elsewhere.toString() : "", home))
        .isEqualTo(elsewhere.resolve("evenhand"));
    assertThat(DataFiles.cache(name -> name.equals("XDG_CACHE_HOME") ? "relative" : "", home))
        .isEqualTo(home.resolve(".cache/evenhand"));
    assertThat(DataFiles.cache(name -> name.equals("LOCALAPPDATA") ? elsewhere.toString() : "", home))
        .isEqualTo(elsewhere.resolve("evenhand"));
  }
}
