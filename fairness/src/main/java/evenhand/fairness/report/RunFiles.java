package evenhand.fairness.report;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import evenhand.fairness.study.RunStore;
import evenhand.fairness.study.StudyResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Finished runs as files, so that an interrupted study can be continued: each is written beside its place and renamed.
 *
 * <p>{@code study.json} says which study they are of. The name of a run's file ends in the hash of all that the run depends
 * on, and the file repeats it, so that runs of other settings, seeds or data are never taken for it.
 */
public final class RunFiles implements RunStore {
  private static final String STUDY = "study.json";
  private static final String VERSION = "version";
  private static final ObjectMapper MAPPER = JsonMapper.builder().addModule(new Jdk8Module())
      .visibility(PropertyAccessor.IS_GETTER, Visibility.NONE)
      .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
      .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
          DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES, DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
      .defaultSetterInfo(JsonSetter.Value.forContentNulls(Nulls.FAIL)).build();

  /** A run with what it depends on. */
  private record Kept(Map<String, String> words, StudyResult.Run run) {}

  private final Path directory;
  private final boolean resume;
  private final String version;
  private Map<String, String> study = Map.of();

  /**
   * Files in a directory, which is made for the first of them.
   *
   * @param resume are the runs that are there taken over?
   * @param version of the program, whose results may differ from those of another
   */
  public RunFiles(Path directory, boolean resume, String version) {
    this.directory = directory;
    this.resume = resume;
    this.version = version;
  }

  @Override
  public void begin(Map<String, String> words) {
    study = new TreeMap<>(words);
    study.put(VERSION, version);
    Optional<Map<String, String>> there = there();
    if (resume && there.isPresent() && !there.get().equals(study)) {
      throw new IllegalStateException("cannot resume: " + directory + " holds runs of another study (" + differences(
          there.get()) + "); give the same settings, or begin anew without --resume");
    }
    if (there.isPresent() && !there.get().equals(study)) {
      delete();
    }
  }

  private Optional<Map<String, String>> there() {
    Path file = directory.resolve(STUDY);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      Map<String, String> words = new TreeMap<>();
      JsonNode node = MAPPER.readTree(Files.readString(file));
      node.properties().forEach(field -> words.put(field.getKey(), field.getValue().asText()));
      return Optional.of(words);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot resume: " + file + " cannot be read (" + e.getMessage()
          + "); begin anew without --resume after deleting " + directory, e);
    }
  }

  private String differences(Map<String, String> there) {
    TreeSet<String> keys = new TreeSet<>(there.keySet());
    keys.addAll(study.keySet());
    List<String> out = keys.stream().filter(key -> !there.getOrDefault(key, "").equals(study.getOrDefault(key, "")))
        .map(key -> key.equals("rows of the data") ? "the rows of the data differ"
            : key + " was " + there.getOrDefault(key, "absent") + " and is " + study.getOrDefault(key, "absent"))
        .toList();
    return String.join(", ", out);
  }

  @Override
  public Optional<StudyResult.Run> find(Map<String, String> words) {
    Path file = file(words);
    if (!resume || !Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.ofNullable(MAPPER.readValue(file.toFile(), Kept.class)) // a file may say null
          .filter(kept -> kept.words().equals(words)).map(Kept::run);
    } catch (IOException e) {
      return Optional.empty(); // written by hand or by another version: the run is made again
    }
  }

  @Override
  public synchronized void keep(Map<String, String> words, StudyResult.Run run) {
    if (!Files.exists(directory.resolve(STUDY))) {
      ObjectNode node = MAPPER.createObjectNode();
      study.forEach(node::put);
      OutputFiles.write(directory.resolve(STUDY), node.toPrettyString(), StudyReport.OPTION);
    }
    try {
      OutputFiles.write(file(words), MAPPER.writeValueAsString(new Kept(words, run)), StudyReport.OPTION);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a run cannot be written as JSON: " + e.getOriginalMessage(), e);
    }
  }

  /** How many runs are there. */
  public long count() {
    return files().size() - (Files.exists(directory.resolve(STUDY)) ? 1 : 0);
  }

  /** Deletes the files, once the study is written down. */
  public void delete() {
    files().forEach(file -> file.toFile().delete());
    directory.toFile().delete();
  }

  private List<Path> files() {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".json") || file.toString().endsWith(".part")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(directory + " cannot be read (" + e + "); delete it, or choose another place with "
          + StudyReport.OPTION, e);
    }
  }

  private Path file(Map<String, String> words) {
    Map<String, String> all = new TreeMap<>(study);
    all.putAll(words);
    return directory.resolve(words.get("method") + "-" + words.get("seed") + "-" + hash(all.toString()) + ".json");
  }

  private static String hash(String text) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
