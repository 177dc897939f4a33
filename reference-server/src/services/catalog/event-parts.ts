import { fromJson, type JsonValue, toJson } from '@bufbuild/protobuf';
import { type Row, type Section, SectionSchema } from '@traffic-tacos/contracts/catalog/v1';
import { type Json, table } from '../../store/index.ts';

/**
 * One of the items that hold what is too large for an event's own: its sections, or its blocked seats. They are written
 * before the event that names them, never changed, and removed when no event names them any more.
 */
export interface EventPart {
  readonly eventId: string;
  /** Those that belong together have the same one. */
  readonly set: string;
  /** Position in the set. */
  readonly at: number;
  /** Epoch milliseconds. */
  readonly writtenAt: number;
  /** Sections as Protobuf JSON, or ids of seats. */
  readonly content: readonly Json[];
}

/** The parts of one whole. */
export interface PartSet {
  readonly id: string;
  /** How many there are, at least one. */
  readonly parts: number;
}

/** Parts by `<event>/<set>/<position>`. Event ids contain no slash. */
export const eventPartTable = table<EventPart, 'by_event'>('event_part', {
  by_event: (part) => ({ partition: part.eventId, sort: `${part.set}/${String(part.at).padStart(6, '0')}` }),
});

/** Key of a part. */
export const partKey = (eventId: string, set: string, at: number): string => `${eventId}/${set}/${at}`;

/**
 * Bytes of a part's content that are aimed at: some thousand rows. Only a single row may take more, 120 KiB at most.
 * Reading a part takes a few milliseconds of everybody's time, and sixteen of them fit into a transaction.
 */
const PART_BYTES = 64 * 1024;

/** Bytes of JSON around the values of a row, with room to spare. */
const ROW_BYTES = 120;

/** Bytes of JSON around the values of a section. */
const SECTION_BYTES = 160;

/** Most bytes that one UTF-16 unit of a name takes in JSON. */
const ESCAPED = 6;

/** Sections in parts: a section that does not fit into the rest of one is continued in the next. */
export function* sectionParts(sections: readonly Section[]): Generator<readonly Json[], void> {
  let slices: Section[] = [];
  let bytes = 0;
  const part = (): readonly Json[] => slices.map((slice) => toJson(SectionSchema, slice) as Json);
  for (const section of sections) {
    const own =
      SECTION_BYTES + ESCAPED * section.name.length + section.id.length + section.priceTierId.length;
    const begin = (): Row[] => {
      const rows: Row[] = [];
      slices.push(section.layout.case === 'seated' ? withRows(section, rows) : section);
      bytes += own;
      return rows;
    };
    if (bytes + own > PART_BYTES) {
      yield part();
      [slices, bytes] = [[], 0];
    }
    let rows = begin();
    for (const row of rowsOf(section)) {
      const size = rowBytes(row);
      if (bytes + size > PART_BYTES && (rows.length > 0 || slices.length > 1)) {
        yield part();
        [slices, bytes] = [[], 0];
        rows = begin();
      }
      rows.push(row);
      bytes += size;
    }
  }
  if (slices.length > 0) {
    yield part();
  }
}

/** The sections of parts. Stops after each of them. */
export function* sectionsOf(parts: readonly EventPart[]): Generator<void, Section[]> {
  const sections: Section[] = [];
  for (const { content } of parts) {
    for (const json of content) {
      const section = fromJson(SectionSchema, json as JsonValue);
      const last = sections.at(-1);
      if (last !== undefined && last.id === section.id) {
        const rows = rowsOf(last) as Row[];
        for (const row of rowsOf(section)) {
          rows.push(row);
        }
      } else {
        sections.push(section);
      }
    }
    yield;
  }
  return sections;
}

/** Ids of blocked seats in parts. */
export function* blockedParts(seatIds: readonly string[]): Generator<readonly Json[], void> {
  let part: string[] = [];
  let bytes = 0;
  for (const id of seatIds) {
    part.push(id);
    bytes += id.length + 3;
    if (bytes >= PART_BYTES) {
      yield part;
      [part, bytes] = [[], 0];
    }
  }
  if (part.length > 0) {
    yield part;
  }
}

/** The ids of blocked seats that parts hold. */
export function blockedOf(parts: readonly EventPart[]): string[] {
  return parts.flatMap(({ content }) => content as readonly string[]);
}

/** Rows of a section; none of an area without seats. */
export function rowsOf(section: Section): readonly Row[] {
  return section.layout.case === 'seated' ? section.layout.value.rows : [];
}

/** The section with other rows. */
export function withRows(section: Section, rows: Row[]): Section {
  return section.layout.case === 'seated'
    ? { ...section, layout: { case: 'seated', value: { ...section.layout.value, rows } } }
    : section;
}

/** Bytes that a row takes at most. What its strings consist of needs no escaping. */
function rowBytes({ id, seatIdPrefix, priceTierId, seats }: Row): number {
  const listed =
    seats.case === 'list' ? seats.value.numbers.reduce((sum, number) => sum + number.length + 3, 0) : 0;
  return ROW_BYTES + id.length + seatIdPrefix.length + priceTierId.length + listed;
}
