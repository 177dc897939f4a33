const MAX_BYTES = 256 * 1024;

/**
 * Fetches a key set document of at most 256 KiB. Redirects are not followed: whoever may redirect could choose the
 * keys.
 *
 * @throws Error when there is no such document within the time
 */
export async function fetchJwks(
  url: URL,
  { timeoutMs, fetch }: { readonly timeoutMs: number; readonly fetch: typeof globalThis.fetch },
): Promise<unknown> {
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/jwk-set+json, application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`HTTP status ${response.status}, expected 200`);
    }
    return JSON.parse(await readText(response));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The key set ${url.href} cannot be read: ${why}`, { cause });
  }
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) {
      throw new Error(`more than ${MAX_BYTES} bytes`);
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
