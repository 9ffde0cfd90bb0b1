package evenhand.fairness.report;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** Files of results: checked before the work, written beside their place, then renamed. */
public final class OutputFiles {
  private OutputFiles() {}

  /**
   * Checks that files can be written in a directory, which may be absent yet; leaves nothing behind.
   *
   * @param option what chooses it, for the message: {@code --out DIR}
   * @throws UncheckedIOException if not, with cause and remedy
   */
  public static void requireWritable(Path directory, String option) {
    List<Path> absent = new ArrayList<>(); // deepest first
    for (Path path = directory.toAbsolutePath(); path != null && Files.notExists(path); path = path.getParent()) {
      absent.add(path);
    }
    try {
      Files.createDirectories(directory);
      Path probe = beside(directory.resolve("probe"));
      Files.writeString(probe, "", StandardOpenOption.CREATE_NEW);
      Files.delete(probe);
    } catch (IOException e) {
      throw failure(directory, option, e);
    } finally {
      absent.stream().map(Path::toFile).forEach(File::delete);
    }
  }

  /**
   * Checks that a file can be written.
   *
   * @throws UncheckedIOException if not, with cause and remedy
   */
  public static void requireWritableFile(Path file, String option) {
    if (Files.isDirectory(file)) {
      throw new UncheckedIOException(
          "cannot write " + file + ": it is a directory; choose another place with " + option,
          new IOException("is a directory"));
    }
    if (!special(file)) {
      requireWritable(directory(file), option);
    }
  }

  /**
   * Writes a text so that the file has either its old contents or all of the new.
   *
   * @throws UncheckedIOException if that fails, with cause and remedy
   */
  public static void write(Path file, String text, String option) {
    try {
      if (special(file)) {
        Files.writeString(file, text);
        return;
      }
      Files.createDirectories(directory(file));
      Path target = Files.exists(file) ? file.toRealPath() : file;
      Path part = beside(target);
      part.toFile().deleteOnExit(); // an interrupt between the two steps below
      try {
        Files.writeString(part, text, StandardOpenOption.CREATE_NEW);
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (IOException e) {
      throw failure(file, option, e);
    }
  }

  /** A device or pipe, such as {@code /dev/null}: written to in place, never replaced. */
  private static boolean special(Path file) {
    return Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file);
  }

  private static Path directory(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    return parent == null ? file.toAbsolutePath() : parent;
  }

  private static Path beside(Path file) {
    return file.resolveSibling("." + file.getFileName() + "." + ProcessHandle.current().pid() + ".part");
  }

  private static UncheckedIOException failure(Path path, String option, IOException e) {
    return new UncheckedIOException("cannot write " + path + ": " + reason(e) + "; choose another place with " + option,
        e);
  }

  private static String reason(IOException e) {
    return switch (e) {
      case AccessDeniedException denied -> "no permission at " + denied.getFile();
      case FileAlreadyExistsException exists -> exists.getFile() + " is not a directory";
      case FileSystemException other when other.getReason() != null -> other.getFile() + ": " + other.getReason();
      default -> String.valueOf(e.getMessage());
    };
  }
}
