import { create, type Message } from '@bufbuild/protobuf';
import { protoCamelCase, protoSnakeCase } from '@bufbuild/protobuf/reflect';
import {
  type Duration,
  DurationSchema,
  type FieldMask,
  FieldMaskSchema,
  type Timestamp,
  TimestampSchema,
} from '@bufbuild/protobuf/wkt';
import { ValueError } from './problem.ts';

/** Messages whose JSON is one text. */
export interface TextForm {
  /** What a text should have been, with an example. */
  readonly expected: string;
  format(message: Message): string;
  /** @throws ValueError */
  parse(text: string): Message;
}

/** Seconds of 0001-01-01T00:00:00Z. */
const MIN_SECONDS = -62_135_596_800;
/** Seconds of 9999-12-31T23:59:59Z. */
const MAX_SECONDS = 253_402_300_799;
/** About 10,000 years, the range of google.protobuf.Duration. */
const MAX_DURATION = 315_576_000_000;

const TIME = 'a time such as "2025-01-31T12:00:00Z"';
const DURATION = 'a duration such as "1.5s"';
const PATHS = 'paths of fields such as "title,author.name"';

const RFC3339 =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:Z|([+-])(0\d|1\d|2[0-3]):([0-5]\d))$/;

function timestampText({ seconds, nanos }: Timestamp): string {
  const whole = Number(seconds);
  if (!(whole >= MIN_SECONDS && whole <= MAX_SECONDS && nanos >= 0 && nanos <= 999_999_999)) {
    throw new RangeError(`a google.protobuf.Timestamp of ${seconds} s and ${nanos} ns has no JSON form`);
  }
  const day = Math.floor(whole / DAY);
  const second = whole - day * DAY;
  const minute = Math.floor(second / 60);
  const clock = `${twoDigits(Math.floor(minute / 60))}:${twoDigits(minute % 60)}:${twoDigits(second % 60)}`;
  return `${dateText(day)}T${clock}${fraction(nanos)}Z`;
}

const DAY = 86_400;
let lastDay = 0;
let lastDate = '1970-01-01';

/** Most times of an answer are of one day, and the engine takes longer for a date than for all the rest. */
function dateText(day: number): string {
  if (day !== lastDay) {
    lastDate = new Date(day * DAY * 1000).toISOString().slice(0, 10);
    lastDay = day;
  }
  return lastDate;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

function parseTimestamp(text: string): Timestamp {
  const match = RFC3339.exec(text);
  if (match === null) {
    throw new ValueError(TIME);
  }
  const [, year, month, day, clock, digits = '', sign, hours, minutes] = match;
  const local = Date.parse(`${year}-${month}-${day}T${clock}Z`);
  // The engine takes the 30th of February for the 1st of March.
  if (Number.isNaN(local) || new Date(local).getUTCDate() !== Number(day)) {
    throw new ValueError('a time that exists');
  }
  const offset = sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60 : 60);
  const seconds = local / 1000 - offset;
  if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) {
    throw new ValueError('a time from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z');
  }
  return create(TimestampSchema, { seconds: BigInt(seconds), nanos: nanosOf(digits) });
}

function durationText({ seconds, nanos }: Duration): string {
  const whole = Number(seconds);
  const sound =
    Math.abs(whole) <= MAX_DURATION && Math.abs(nanos) <= 999_999_999 && Math.sign(whole) * nanos >= 0;
  if (!sound) {
    throw new RangeError(`a google.protobuf.Duration of ${seconds} s and ${nanos} ns has no JSON form`);
  }
  const sign = whole < 0 || nanos < 0 ? '-' : '';
  return `${sign}${Math.abs(whole)}${fraction(Math.abs(nanos))}s`;
}

function parseDuration(text: string): Duration {
  const match = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(text);
  const seconds = Number(match?.[2]);
  if (match === null || seconds > MAX_DURATION) {
    throw new ValueError(DURATION);
  }
  const sign = match[1] === '-' ? -1 : 1;
  // No negative zero.
  const nanos = nanosOf(match[3] ?? '') * sign || 0;
  return create(DurationSchema, { seconds: BigInt(seconds * sign || 0), nanos });
}

function fieldMaskText({ paths }: FieldMask): string {
  return paths
    .map((path) => {
      const camel = protoCamelCase(path);
      if (protoSnakeCase(camel) !== path) {
        throw new RangeError(`the path "${path}" of a google.protobuf.FieldMask has no JSON form`);
      }
      return camel;
    })
    .join(',');
}

/** Paths in either naming: those of the proto file are what people write in a URL. */
function parseFieldMask(text: string): FieldMask {
  const paths = text === '' ? [] : text.split(',');
  if (!paths.every((path) => /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/.test(path))) {
    throw new ValueError(PATHS);
  }
  return create(FieldMaskSchema, {
    paths: paths.map((path) => (path.includes('_') ? path : protoSnakeCase(path))),
  });
}

/** Up to nine digits of a second's fraction, in groups of three, with the point. */
function fraction(nanos: number): string {
  if (nanos === 0) {
    return '';
  }
  const digits = String(nanos).padStart(9, '0');
  const length = digits.endsWith('000000') ? 3 : digits.endsWith('000') ? 6 : 9;
  return `.${digits.slice(0, length)}`;
}

function nanosOf(digits: string): number {
  return Number(digits.padEnd(9, '0'));
}

/** The messages whose JSON is one text, by the names of their types. */
export const textForms: ReadonlyMap<string, TextForm> = new Map([
  ['google.protobuf.Timestamp', form(TIME, timestampText, parseTimestamp)],
  ['google.protobuf.Duration', form(DURATION, durationText, parseDuration)],
  ['google.protobuf.FieldMask', form(PATHS, fieldMaskText, parseFieldMask)],
]);

/** The table finds a form by the type of its message. */
function form<M extends Message>(
  expected: string,
  format: (message: M) => string,
  parse: (text: string) => M,
): TextForm {
  return { expected, format: (message) => format(message as M), parse };
}
