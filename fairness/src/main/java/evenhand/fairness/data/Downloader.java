package evenhand.fairness.data;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/**
 * Fetches a file over HTTP, within limits of size and time.
 *
 * @param allowed which addresses may be asked, redirects included
 * @param connect the longest wait for a connection
 * @param whole the longest time for one answer, its body included
 */
record Downloader(Predicate<URI> allowed, Duration connect, Duration whole) {
  private static final int MAX_REDIRECTS = 5;

  /** Encrypted addresses only. */
  static Downloader https() {
    return new Downloader(uri -> "https".equals(uri.getScheme()), Duration.ofSeconds(15), Duration.ofMinutes(5));
  }

  /**
   * Writes what the address gives into a file.
   *
   * @throws IOException if it cannot be had, is longer than {@code maxBytes} or takes too long
   */
  void fetch(URI address, Path target, long maxBytes) throws IOException {
    URI next = address;
    try (HttpClient client = HttpClient.newBuilder().connectTimeout(connect).followRedirects(HttpClient.Redirect.NEVER)
        .build()) {
      try {
        for (int i = 0; i <= MAX_REDIRECTS; i++) {
          if (!allowed.test(next)) {
            throw new IOException("address " + next + " is refused, only https is followed");
          }
          Optional<URI> redirect = ask(client, next, target, maxBytes);
          if (redirect.isEmpty()) {
            return;
          }
          next = redirect.get();
        }
        throw new IOException("more than " + MAX_REDIRECTS + " redirects");
      } finally {
        client.shutdownNow(); // else closing waits for an answer that was given up
      }
    }
  }

  /** Writes one answer's body, or gives the address that it points to. */
  private Optional<URI> ask(HttpClient client, URI address, Path target, long maxBytes) throws IOException {
    HttpRequest request = HttpRequest.newBuilder(address).timeout(whole).GET().build();
    CompletableFuture<? extends HttpResponse<?>> answer = client.sendAsync(request, info -> info.statusCode() == 200
        ? BodyHandlers.limiting(BodyHandlers.ofFile(target), maxBytes).apply(info)
        : HttpResponse.BodySubscribers.replacing(target));
    try {
      HttpResponse<?> response = answer.get(whole.toMillis(), TimeUnit.MILLISECONDS);
      Optional<String> location = response.headers().firstValue("location");
      if (response.statusCode() / 100 == 3 && location.isPresent()) {
        return Optional.of(address.resolve(location.get()));
      }
      if (response.statusCode() != 200) {
        throw new IOException("the server answered " + response.statusCode());
      }
      return Optional.empty();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      throw new IOException(Optional.ofNullable(cause.getMessage()).orElse(cause.getClass().getSimpleName()), cause);
    } catch (TimeoutException e) {
      throw new IOException("no complete answer within " + whole.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (IllegalArgumentException e) {
      throw new IOException("the server redirects to a malformed address", e);
    } finally {
      answer.cancel(true);
    }
  }
}
