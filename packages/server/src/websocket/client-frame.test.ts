import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RestError } from '../rest/rest-error.ts';
import { readClientFrame } from './client-frame.ts';

const nearly = fc.record(
  {
    type: fc.oneof(fc.constantFrom('subscribe', 'unsubscribe', 'authenticate', 'ping'), fc.jsonValue()),
    id: fc.oneof(fc.string({ maxLength: 200 }), fc.jsonValue()),
    method: fc.oneof(fc.string(), fc.jsonValue()),
    request: fc.jsonValue(),
    resumeToken: fc.oneof(fc.string(), fc.jsonValue()),
    token: fc.oneof(fc.string(), fc.jsonValue()),
  },
  { requiredKeys: [] },
);

test('whatever a client sends is a frame or is refused as none', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    nearly.map((frame) => JSON.stringify(frame)),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        const frame = readClientFrame(text);
        expect(JSON.parse(text).type).toBe(frame.type);
      } catch (reason) {
        if (!(reason instanceof RestError)) {
          throw reason;
        }
      }
    }),
    { numRuns: 2000 },
  );
});

test('what a client says is read as it was said', () => {
  const id = fc.string({ minLength: 1, maxLength: 128 });
  const said = fc.record({
    type: fc.constant('subscribe'),
    id,
    method: fc.string({ minLength: 1 }),
    request: fc.dictionary(fc.string(), fc.string()),
    resumeToken: fc.string({ minLength: 1 }),
  });
  fc.assert(
    fc.property(said, (frame) => {
      expect(JSON.stringify(readClientFrame(JSON.stringify(frame)))).toBe(JSON.stringify(frame));
    }),
  );
});
