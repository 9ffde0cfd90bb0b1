package evenhand.fairness.report;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** A headless Chromium of the system, which loads nothing from the network. */
final class Browser implements AutoCloseable {
  private final ChromeDriver driver;

  private Browser(ChromeDriver driver) {
    this.driver = driver;
  }

  /** Opens one; the test that asks is skipped with a message where there is none. */
  static Browser open() {
    Optional<Path> chromium = found("chromium", "chromium-browser", "google-chrome");
    Optional<Path> chromedriver = found("chromedriver");
    assumeTrue(chromium.isPresent() && chromedriver.isPresent(), "there is no Chromium with its driver on the PATH, so"
        + " reports are not opened in a browser; apt-get install chromium chromium-driver");
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    ChromeOptions options = new ChromeOptions();
    options.setBinary(chromium.orElseThrow().toFile());
    options.addArguments("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND");
    options.setCapability(ChromeOptions.LOGGING_PREFS, logs);
    System.setProperty("webdriver.chrome.driver", chromedriver.orElseThrow().toString());
    ChromeDriver driver = new ChromeDriver(options);
    driver.manage().timeouts().scriptTimeout(Duration.ofMinutes(2)); // axe on a machine that does other things too
    return new Browser(driver);
  }

  private static Optional<Path> found(String... names) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .flatMap(directory -> Stream.of(names).map(name -> Path.of(directory, name))).filter(Files::isExecutable)
        .findFirst();
  }

  /** Shows a page in a window of that size, in light or dark. */
  void show(Path page, int width, int height, boolean dark) {
    driver.executeCdpCommand("Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    media("screen", dark);
    driver.get(page.toUri().toString());
  }

  /** On a screen or on paper. */
  void media(String kind, boolean dark) {
    driver.executeCdpCommand("Emulation.setEmulatedMedia", Map.of("media", kind, "features",
        List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
  }

  /** What a script returns. */
  Object run(String script, Object... arguments) {
    return driver.executeScript(script, arguments);
  }

  /** What a script hands to its last argument. */
  Object await(String script) {
    return driver.executeAsyncScript(script);
  }

  /** Warnings and errors since the last call, without hints on speed ("rendering"), which axe's pictures bring about. */
  List<String> console() {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue()).map(LogEntry::getMessage)
        .filter(message -> !message.startsWith("rendering ")).toList();
  }

  /** A picture of a part of the page. */
  void picture(Path file, int x, int y, int width, int height) {
    Map<String, Object> taken = driver.executeCdpCommand("Page.captureScreenshot", Map.of("captureBeyondViewport", true,
        "clip", Map.of("x", x, "y", y, "width", width, "height", height, "scale", 1)));
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.write(file, Base64.getDecoder().decode((String) taken.get("data")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    driver.quit();
  }
}
