import { type Layout, type RowLayout, type SectionLayout, seatCount, seatNumber } from './layout.ts';

/** A seat as the layout describes it. */
export interface PlannedSeat {
  readonly id: string;
  readonly section: SectionLayout;
  readonly row: RowLayout;
  readonly number: string;
  /** In the smallest unit of the currency. */
  readonly price: number;
}

/** A row with the place its seats take in the numbering of all seats of the event. */
export interface PlacedRow {
  readonly layout: RowLayout;
  /** Position of its section. */
  readonly section: number;
  /** Index of the row's first seat among all seats of the event. */
  readonly start: number;
  readonly count: number;
}

/** The seats of an event numbered 0 to `size` - 1, row by row. Needs memory for rows, hardly for seats. */
export interface SeatIndex {
  readonly size: number;
  readonly layout: Layout;
  readonly rows: readonly PlacedRow[];
  /** Rows of a section: from, inclusive, to, exclusive; by the section's position. */
  readonly rowsOf: readonly (readonly [from: number, to: number])[];
  /** The seat's index, or -1 for an id that the event does not have. */
  indexOf(seatId: string): number;
  seatAt(index: number): PlannedSeat;
  /** Position of the row that holds the seat. */
  rowAt(index: number): number;
  /** Position of a section, or -1. */
  sectionOf(sectionId: string): number;
  /** Lowest and highest price of each section's seats, by the section's position. */
  readonly prices: readonly PriceRange[];
}

/** Prices in the smallest unit of the currency. */
export interface PriceRange {
  readonly lowest: number;
  readonly highest: number;
}

/** Longest run of digits that is looked at as a seat number. */
const MAX_DIGITS = 9;

/** Numbers the seats of a layout. Ids must be unique, see {@link duplicateSeatId}. */
export function seatIndex(layout: Layout): SeatIndex {
  const rows: PlacedRow[] = [];
  const rowsOf: [number, number][] = [];
  const sections = new Map<string, number>();
  const ranges = new Map<string, PlacedRow[]>();
  const listed = new Map<string, number>();
  let size = 0;
  layout.sections.forEach((section, position) => {
    const from = rows.length;
    sections.set(section.id, position);
    for (const row of section.rows) {
      const placed = { layout: row, section: position, start: size, count: seatCount(row) };
      rows.push(placed);
      if (row.numbering.kind === 'list') {
        row.numbering.numbers.forEach((number, offset) => {
          listed.set(row.prefix + number, placed.start + offset);
        });
      } else {
        const sharing = ranges.get(row.prefix);
        if (sharing === undefined) {
          ranges.set(row.prefix, [placed]);
        } else {
          sharing.push(placed);
        }
      }
      size += placed.count;
    }
    rowsOf.push([from, rows.length]);
  });
  const numbered = new Map([...ranges].map(([prefix, sharing]) => [prefix, numberedRows(sharing)]));

  const rowAt = (index: number): number => {
    let low = 0;
    let high = rows.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((rows[middle] as PlacedRow).start <= index) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  };

  const inRanges = (seatId: string): number => {
    // Usually all trailing digits are the number; a prefix that itself ends in digits takes some of them.
    let cut = seatId.length;
    while (cut > 0 && isDigit(seatId.charCodeAt(cut - 1))) {
      cut--;
    }
    for (; cut < seatId.length; cut++) {
      const written = seatId.slice(cut);
      // Numbers have no leading zeros: "A07" is not another name of "A7".
      if (written.length > MAX_DIGITS || (written.length > 1 && written.startsWith('0'))) {
        continue;
      }
      const index = numbered.get(seatId.slice(0, cut))?.(Number(written)) ?? -1;
      if (index >= 0) {
        return index;
      }
    }
    return -1;
  };

  return {
    size,
    layout,
    rows,
    rowsOf,
    rowAt,
    indexOf: (seatId) => listed.get(seatId) ?? inRanges(seatId),
    seatAt(index) {
      const row = rows[rowAt(index)];
      const section = row && layout.sections[row.section];
      if (row === undefined || section === undefined || !(index >= 0 && index < size)) {
        throw new RangeError(`seat index ${index} is outside of the event's ${size} seats`);
      }
      const number = seatNumber(row.layout, index - row.start);
      return { id: row.layout.prefix + number, section, row: row.layout, number, price: row.layout.price };
    },
    sectionOf: (sectionId) => sections.get(sectionId) ?? -1,
    prices: layout.sections.map(priceRange),
  };
}

function priceRange({ rows }: SectionLayout): PriceRange {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = 0;
  for (const { price } of rows) {
    lowest = Math.min(lowest, price);
    highest = Math.max(highest, price);
  }
  return { lowest: Math.min(lowest, highest), highest };
}

/** Finds the seat of a number among rows that have the same prefix, however many they are; -1 for none. */
function numberedRows(sharing: readonly PlacedRow[]): (number: number) => number {
  const [only] = sharing;
  if (sharing.length === 1 && only !== undefined) {
    return (number) => indexIn(only, number);
  }
  const rows = sharing.toSorted((one, other) => firstOf(one) - firstOf(other));
  // The highest number of a row or of any before it: where that is too low, none before needs to be looked at.
  const highest = new Float64Array(rows.length);
  for (const [at, row] of rows.entries()) {
    highest[at] = Math.max(lastOf(row), highest[at - 1] ?? 0);
  }
  return (number) => {
    let at = lastAtMost(rows.length, (row) => firstOf(rows[row] as PlacedRow) <= number);
    for (; at >= 0 && (highest[at] as number) >= number; at--) {
      const index = indexIn(rows[at] as PlacedRow, number);
      if (index >= 0) {
        return index;
      }
    }
    return -1;
  };
}

/** The last position for which a condition holds that holds from the beginning on; -1 when it never does. */
function lastAtMost(length: number, holds: (at: number) => boolean): number {
  let low = -1;
  let high = length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (holds(middle)) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

/** An id that two seats of the layout share, or `undefined`. */
export function duplicateSeatId(seats: SeatIndex): string | undefined {
  const search = duplicateSeatIds(seats);
  let piece = search.next();
  while (piece.done !== true) {
    piece = search.next();
  }
  return piece.value;
}

/** Seats that are looked at between two stops of a search. */
const STRETCH = 1_024;

/** The same, in pieces: it stops often, for with a million seats the whole takes a second. */
export function* duplicateSeatIds(seats: SeatIndex): Generator<void, string | undefined> {
  const prefixes = new Map<string, number>();
  for (const { layout } of seats.rows) {
    prefixes.set(layout.prefix, (prefixes.get(layout.prefix) ?? 0) + 1);
  }
  const lists = seats.rows.some((row) => row.layout.numbering.kind === 'list');
  for (const row of seats.rows) {
    // A range whose prefix is its own and ends in no digit cannot make an id that another range makes.
    const ownPrefix = prefixes.get(row.layout.prefix) === 1 && !/[0-9]$/.test(row.layout.prefix);
    if (row.layout.numbering.kind === 'range' && ownPrefix && !lists) {
      continue;
    }
    for (let offset = 0; offset < row.count; offset++) {
      const index = row.start + offset;
      const id = row.layout.prefix + seatNumber(row.layout, offset);
      if (seats.indexOf(id) !== index) {
        return id;
      }
      if (index % STRETCH === 0) {
        yield;
      }
    }
  }
  return undefined;
}

function indexIn({ layout: { numbering }, start }: PlacedRow, number: number): number {
  if (numbering.kind !== 'range') {
    return -1;
  }
  const offset = (number - numbering.first) / numbering.step;
  return Number.isInteger(offset) && offset >= 0 && offset < numbering.count ? start + offset : -1;
}

function firstOf({ layout: { numbering } }: PlacedRow): number {
  return numbering.kind === 'range' ? numbering.first : 0;
}

function lastOf({ layout: { numbering } }: PlacedRow): number {
  return numbering.kind === 'range' ? numbering.first + (numbering.count - 1) * numbering.step : 0;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
