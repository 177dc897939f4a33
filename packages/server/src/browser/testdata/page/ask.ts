/** What a page got to see of an answer. */
export interface Seen {
  readonly status: number;
  /** The headers that the page may read, in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Asks by plain fetch. A request that the browser does not let through gives the error's text. */
export async function ask(url: string, init?: RequestInit): Promise<Seen | string> {
  try {
    const response = await fetch(url, init);
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      text: await response.text(),
    };
  } catch (reason) {
    return String(reason);
  }
}
