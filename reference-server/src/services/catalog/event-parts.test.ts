import { create, equals, fromJson, type JsonValue, type MessageInitShape } from '@bufbuild/protobuf';
import { EventSchema, type Section, SectionSchema } from '@traffic-tacos/contracts/catalog/v1';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Json, limits } from '../../store/index.ts';
import { inTurns } from '../shared/in-turns.ts';
import { blockedOf, blockedParts, type EventPart, sectionParts, sectionsOf } from './event-parts.ts';

/** Bytes of a part, unless it holds a single row that is larger. */
const PART_BYTES = 64 * 1024;

const asParts = (contents: Iterable<readonly Json[]>): EventPart[] =>
  // As a store gives them back.
  [...contents].map((content, at) => ({
    eventId: 'show',
    set: 'set',
    at,
    writtenAt: 0,
    content: JSON.parse(JSON.stringify(content)) as Json[],
  }));

const bytesOf = ({ content }: EventPart): number => Buffer.byteLength(JSON.stringify(content));

const rowsIn = ({ content }: EventPart): number =>
  content.reduce<number>((sum, json) => {
    const { layout } = fromJson(SectionSchema, json as JsonValue);
    return sum + (layout.case === 'seated' ? layout.value.rows.length : 0);
  }, 0);

const id = fc.stringMatching(/^[A-Za-z0-9_.:-]{1,128}$/);
const name = fc.string({ unit: 'binary', maxLength: 200 });
const seats = fc.oneof(
  fc.record({
    case: fc.constant('range' as const),
    value: fc.record({
      first: fc.nat(1_000_000),
      count: fc.integer({ min: 1, max: 5_000 }),
      step: fc.nat(100),
    }),
  }),
  fc.tuple(fc.integer({ min: 1, max: 500 }), fc.stringMatching(/^[A-Z0-9]{1,8}$/)).map(([count, prefix]) => ({
    case: 'list' as const,
    value: { numbers: Array.from({ length: count }, (_, at) => `${prefix}.${at}`) },
  })),
);
const row = fc.record({
  id,
  seatIdPrefix: fc.oneof(fc.constant(''), id),
  seats,
  priceTierId: fc.oneof(fc.constant(''), id),
});
/** Some rows, over and over: a section may have thousands. */
const rows = fc
  .tuple(fc.array(row, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 100 }))
  .map(([some, times]) => Array.from({ length: times }, () => some).flat());
const layout = fc.oneof(
  rows.map((all) => ({ case: 'seated' as const, value: { rows: all } })),
  fc.record({
    case: fc.constant('generalAdmission' as const),
    value: fc.record({ capacity: fc.integer({ min: 1, max: 1_000_000 }), seatIdPrefix: fc.constant('G') }),
  }),
);
const section: fc.Arbitrary<MessageInitShape<typeof SectionSchema>> = fc.record({
  id,
  name,
  layout,
  totalSeats: fc.nat(1_000_000),
});
const sections = fc.uniqueArray(section, { maxLength: 8, selector: ({ id: of }) => of });

test('whatever sections an event has, they survive being written in parts, each of which fits into an item', async () => {
  await fc.assert(
    fc.asyncProperty(sections, async (inits) => {
      const all: Section[] = inits.map((init) => create(SectionSchema, init));
      const parts = asParts(sectionParts(all));
      for (const part of parts) {
        expect(bytesOf(part)).toBeLessThan(limits.valueBytes / 2);
        if (rowsIn(part) > 1) {
          expect(bytesOf(part)).toBeLessThanOrEqual(PART_BYTES);
        }
      }
      const read = await inTurns(sectionsOf(parts));
      const event = create(EventSchema, { sections: all });
      expect(equals(EventSchema, create(EventSchema, { sections: read }), event)).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test('sections of many rows fill their parts, and the largest row has one of its own', () => {
  const many = create(SectionSchema, {
    id: 'S',
    layout: {
      case: 'seated',
      value: {
        rows: Array.from({ length: 2_000 }, (_, at) => ({
          id: `R${at}`,
          seatIdPrefix: `R${at}-`,
          seats: { case: 'range' as const, value: { first: 1, count: 50 } },
        })),
      },
    },
  });
  expect(
    asParts(sectionParts([many]))
      .map(rowsIn)
      .slice(0, -1)
      .every((count) => count > 400),
  ).toBe(true);
  const largest = create(SectionSchema, {
    id: 'S',
    layout: {
      case: 'seated',
      value: {
        rows: Array.from({ length: 3 }, (_, at) => ({
          id: `${at}`.padStart(128, 'R'),
          seatIdPrefix: 'P'.repeat(112),
          seats: {
            case: 'list' as const,
            value: { numbers: Array.from({ length: 5_000 }, (_, seat) => `${seat}`.padStart(16, '0')) },
          },
          priceTierId: 'T'.repeat(128),
        })),
      },
    },
  });
  expect(asParts(sectionParts([largest])).map(rowsIn)).toEqual([1, 1, 1]);
});

test('blocked seats survive being written in parts', () => {
  fc.assert(
    fc.property(fc.array(id, { maxLength: 20 }), fc.integer({ min: 1, max: 2_000 }), (some, times) => {
      const ids = Array.from({ length: times }, () => some).flat();
      const parts = asParts(blockedParts(ids));
      for (const part of parts) {
        expect(bytesOf(part)).toBeLessThanOrEqual(PART_BYTES + 256);
      }
      expect(blockedOf(parts)).toEqual(ids);
    }),
    { numRuns: 40 },
  );
});
