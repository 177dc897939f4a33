/** An event as a page sees it. */
export interface SeenEvent {
  readonly id: string;
  readonly data: unknown;
}

/** Listens to server-sent events until there are enough of them. */
export function listen(url: string, count: number): Promise<SeenEvent[]> {
  const source = new EventSource(url);
  const seen: SeenEvent[] = [];
  return new Promise((resolve, reject) => {
    source.onmessage = ({ lastEventId, data }) => {
      if (seen.length < count) {
        seen.push({ id: lastEventId, data: JSON.parse(data) });
      }
      if (seen.length === count) {
        source.close();
        resolve(seen);
      }
    };
    // A connection that only ended is opened again by the browser.
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) {
        reject(new Error('the browser gave the source up'));
      }
    };
  });
}
