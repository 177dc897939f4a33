import { as } from './serve.ts';

/** Call options of a caller that keep the response's headers. */
export function listening(name: string) {
  const seen = { replayed: null as string | null };
  const onHeader = (header: Headers) => {
    seen.replayed = header.get('idempotent-replayed');
  };
  return { seen, options: { ...as(name), onHeader } };
}
