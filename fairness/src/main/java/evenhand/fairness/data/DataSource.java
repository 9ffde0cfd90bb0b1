package evenhand.fairness.data;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/**
 * The published files of a data set.
 *
 * @param folder the name of their directory, below {@code EVENHAND_DATA} or the cache
 * @param address the public address: of the one file, of a zip archive that holds all of them, or, ending in a slash, of the
 *     directory that holds them
 * @param files the files
 */
public record DataSource(String folder, URI address, List<File> files) {
  /**
   * One file and how to know it.
   *
   * @param name the file's name, also within an archive
   * @param sha256 SHA-256 of its bytes, 64 hexadecimal digits
   * @param maxBytes a longer one is refused
   * @param header where other bytes may be right too: the first line of the file, which then is enough together with
   *     the number of lines
   * @param lines number of lines of such a file
   * @param contentMd5 where a file compressed by gzip may have other bytes and the same content: the content's MD5, 32
   *     hexadecimal digits, which then is enough
   */
  public record File(String name, String sha256, long maxBytes, Optional<String> header, int lines,
      Optional<String> contentMd5) {
    /** A file whose bytes are known. */
    public static File of(String name, String sha256, long maxBytes) {
      return new File(name, sha256, maxBytes, Optional.empty(), 0, Optional.empty());
    }

    /** A file compressed by gzip whose content is known; neither is longer than the limit. */
    public static File compressed(String name, String sha256, String contentMd5, long maxBytes) {
      return new File(name, sha256, maxBytes, Optional.empty(), 0, Optional.of(contentMd5));
    }

    /** What is wrong with a file, or nothing. */
    Optional<String> problem(Path path) {
      try {
        if (Files.size(path) > maxBytes) {
          return Optional.of("it has " + Files.size(path) + " bytes, at most " + maxBytes + " are expected");
        }
        String found = digest(path, "SHA-256", false);
        if (found.equals(sha256) || header.isPresent() && looksRight(path)) {
          return Optional.empty();
        }
        if (contentMd5.isPresent()) {
          String content = digest(path, "MD5", true);
          return content.equals(contentMd5.get()) ? Optional.empty()
              : Optional.of("the MD5 of its uncompressed content is " + content + ", expected " + contentMd5.get());
        }
        return Optional.of("its SHA-256 is " + found + ", expected " + sha256
            + (header.isPresent() ? ", and its first line or number of lines differs from the published file" : ""));
      } catch (IOException e) {
        return Optional.of("it cannot be read (" + e + ")");
      }
    }

    private boolean looksRight(Path path) throws IOException {
      // ISO 8859-1 reads any bytes; only the header's letters and the line ends matter here.
      try (var reader = Files.newBufferedReader(path, java.nio.charset.StandardCharsets.ISO_8859_1)) {
        String first = reader.readLine();
        return header.get().equals(first) && 1 + reader.lines().count() == lines;
      }
    }

    private String digest(Path path, String algorithm, boolean uncompressed) throws IOException {
      try (InputStream file = Files.newInputStream(path);
          InputStream in = uncompressed ? new GZIPInputStream(file) : file) {
        MessageDigest digest = MessageDigest.getInstance(algorithm);
        byte[] buffer = new byte[1 << 16];
        long total = 0;
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
          total += read;
          if (total > maxBytes) {
            throw new IOException("its content is longer than " + maxBytes + " bytes");
          }
          digest.update(buffer, 0, read);
        }
        return HexFormat.of().formatHex(digest.digest());
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has MD5 and SHA-256", e);
      }
    }
  }

  /** Takes a copy of the list. */
  public DataSource {
    files = List.copyOf(files);
  }

  /** Is the address that of a zip archive? */
  boolean zipped() {
    return address.getPath().endsWith(".zip");
  }

  /** Where a file, or the archive with it, is fetched from. */
  URI address(String name) {
    return address.getPath().endsWith("/") ? address.resolve(name) : address;
  }

  /**
   * The file of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public File file(String name) {
    return files.stream()
        .filter(file -> file.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("source " + folder + " has no file " + name));
  }
}
