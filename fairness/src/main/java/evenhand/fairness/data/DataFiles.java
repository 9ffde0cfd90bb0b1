package evenhand.fairness.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Finds the files of data sets: in a directory that the user names, in the user's cache, or at the public address.
 *
 * <p>The user's directory is the system property {@code evenhand.data}, else the environment's {@code EVENHAND_DATA};
 * it is never written to. A download is checked against its SHA-256 beside its place in the cache, then renamed.
 */
public final class DataFiles {
  /** The environment variable that names the user's directory. */
  public static final String VARIABLE = "EVENHAND_DATA";

  private static final String PROPERTY = "evenhand.data";
  private static final long MAX_ARCHIVE_BYTES = 1L << 28;

  private final Optional<Path> given;
  private final Path cache;
  private final Downloader downloader;

  /**
   * Looks in the given directory, if any, then in the cache.
   *
   * @param given holds {@code <data set>/<file>}
   * @param cache the same; made when the first file is downloaded
   */
  public DataFiles(Optional<Path> given, Path cache) {
    this(given, cache, Downloader.https());
  }

  DataFiles(Optional<Path> given, Path cache, Downloader downloader) {
    this.given = given;
    this.cache = cache;
    this.downloader = downloader;
  }

  /**
   * Where files are found unless told otherwise, from environment and system properties.
   *
   * @throws DataException if the user's directory does not exist
   */
  public static DataFiles standard() {
    UnaryOperator<String> environment = name -> Optional.ofNullable(System.getenv(name)).orElse("");
    String named = System.getProperty(PROPERTY, environment.apply(VARIABLE));
    Optional<Path> given = named.isBlank() ? Optional.empty() : Optional.of(Path.of(named));
    given.filter(path -> !Files.isDirectory(path)).ifPresent(path -> {
      throw new DataException(VARIABLE + " names " + path + ", which is not a directory; correct it or unset it");
    });
    return new DataFiles(given, cache(environment, Path.of(System.getProperty("user.home", "."))));
  }

  /** The user's cache: of Windows, of the XDG directories, or {@code ~/.cache}. */
  static Path cache(UnaryOperator<String> environment, Path home) {
    for (String variable : new String[]{"XDG_CACHE_HOME", "LOCALAPPDATA"}) {
      String directory = environment.apply(variable);
      if (!directory.isBlank() && Path.of(directory).isAbsolute()) { // the XDG standard ignores relative ones
        return Path.of(directory, "evenhand");
      }
    }
    return home.resolve(".cache").resolve("evenhand");
  }

  /** The directory that downloads go to. */
  public Path cache() {
    return cache;
  }

  /** Where a file is on this machine, if it is; its checksum is not looked at. */
  public Optional<Path> local(DataSource source, String name) {
    Path below = Path.of(source.folder(), name);
    return given.map(directory -> directory.resolve(below)).filter(Files::exists)
        .or(() -> Optional.of(cache.resolve(below)).filter(Files::exists));
  }

  /**
   * A file with the right checksum, downloaded if it is not here yet.
   *
   * @throws DataException if the file here is another one, or there is none and it cannot be downloaded
   */
  public Path get(DataSource source, String name) {
    DataSource.File file = source.file(name);
    Path path = local(source, name).orElseGet(() -> download(source, name));
    file.problem(path).ifPresent(problem -> {
      throw new DataException(path + " is not the published file: " + problem + "; delete it or replace it by the one"
          + " from " + source.address(name));
    });
    return path;
  }

  private Path download(DataSource source, String name) {
    Path directory = cache.resolve(source.folder());
    Path fetched = temporary(directory);
    Map<DataSource.File, Path> parts = new LinkedHashMap<>();
    try {
      try {
        if (source.zipped()) {
          downloader.fetch(source.address(), fetched, MAX_ARCHIVE_BYTES);
          unzip(source, fetched, directory, parts);
        } else {
          downloader.fetch(source.address(name), fetched, source.file(name).maxBytes());
          parts.put(source.file(name), fetched);
        }
        for (var part : parts.entrySet()) {
          accept(part.getKey(), part.getValue(), directory);
        }
      } finally {
        Files.deleteIfExists(fetched);
        for (Path part : parts.values()) {
          Files.deleteIfExists(part);
        }
      }
      return directory.resolve(name);
    } catch (IOException e) {
      throw new DataException(name + " is neither in " + given.map(path -> path + " nor in ").orElse("") + cache
          + ", and the download failed (" + reason(e) + "); get it from " + source.address(name) + " and put it at "
          + directory.resolve(name) + ", or at " + source.folder() + "/" + name + " in a directory that " + VARIABLE
          + " names", e);
    }
  }

  private static Path temporary(Path directory) {
    try {
      Files.createDirectories(directory);
      return Files.createTempFile(directory, "download-", ".part");
    } catch (IOException e) {
      throw new DataException("cache directory " + directory + " cannot be written (" + reason(e) + "); make it"
          + " writable, name another cache with XDG_CACHE_HOME, or put the files into a directory that " + VARIABLE
          + " names", e);
    }
  }

  private static String reason(IOException e) {
    String message = Optional.ofNullable(e.getMessage()).orElse("").lines().findFirst().orElse("");
    boolean telling = !message.isEmpty() && e.getClass() == IOException.class;
    return telling ? message : (e.getClass().getSimpleName() + " " + message).strip();
  }

  private static void accept(DataSource.File file, Path part, Path directory) throws IOException {
    Optional<String> problem = file.problem(part);
    if (problem.isPresent()) {
      throw new IOException("what came is not the published " + file.name() + ": " + problem.get());
    }
    Files.move(part, directory.resolve(file.name()), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Takes the files of the source out of an archive; names come from the source, never from the archive. */
  static void unzip(DataSource source, Path archive, Path directory, Map<DataSource.File, Path> parts)
      throws IOException {
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      for (DataSource.File file : source.files()) {
        ZipEntry entry = zip.getEntry(file.name());
        if (entry == null) {
          throw new IOException("the archive has no " + file.name());
        }
        parts.put(file, Files.createTempFile(directory, "entry-", ".part"));
        try (InputStream in = zip.getInputStream(entry)) {
          copy(in, parts.get(file), file.maxBytes());
        }
      }
    }
  }

  private static void copy(InputStream in, Path target, long maxBytes) throws IOException {
    try (OutputStream out = Files.newOutputStream(target)) {
      byte[] buffer = new byte[1 << 16];
      long total = 0;
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        total += read;
        if (total > maxBytes) {
          throw new IOException("an entry of the archive is longer than " + maxBytes + " bytes");
        }
        out.write(buffer, 0, read);
      }
    }
  }
}
