import { book, type Shop } from './book.ts';

/** What a load has achieved. Times are milliseconds. */
export interface Figures {
  readonly bookings: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Books with some buyers at once for a while. @param first Number of the first booking: none is made twice. */
export async function load(
  shop: Shop,
  options: { readonly buyers: number; readonly seconds: number; readonly first: number },
): Promise<Figures> {
  const times: number[] = [];
  const start = performance.now();
  const end = start + options.seconds * 1000;
  let next = options.first;
  const buyer = async (): Promise<void> => {
    for (let from = performance.now(); from < end; ) {
      await book(shop, next++);
      const to = performance.now();
      times.push(to - from);
      from = to;
    }
  };
  await Promise.all(Array.from({ length: options.buyers }, buyer));
  const elapsed = (performance.now() - start) / 1000;
  times.sort((a, b) => a - b);
  const quantile = (share: number): number => times[Math.floor(times.length * share)] ?? 0;
  return {
    bookings: times.length,
    perSecond: times.length / elapsed,
    p50: quantile(0.5),
    p95: quantile(0.95),
    p99: quantile(0.99),
  };
}
