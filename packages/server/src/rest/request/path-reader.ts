import type { DescField, DescMessage, Message } from '@bufbuild/protobuf';
import { isConfidential } from '../json/names.ts';
import { describeProblem, ValueError } from '../json/problem.ts';
import { invalid } from '../rest-error.ts';
import { decodeSegment, decodeSegments } from '../routing/percent.ts';
import { isSingle, type Template, type Variable } from '../template/template.ts';
import { assign, pathName, read, resolvePath } from './field-path.ts';
import { type ReadText, textValueReader } from './text-value.ts';

/** Fills a request from the segments of a path. @throws RestError */
export type ReadPath = (segments: readonly string[], request: Message) => void;

interface Slot {
  readonly variable: Variable;
  readonly path: readonly DescField[];
  readonly name: string;
  readonly confidential: boolean;
  readonly read: ReadText;
}

/** The fields that a template fills, as `book.id`. */
export function pathFields(template: Template): string[] {
  return template.variables.map((variable) => variable.fieldPath.join('.'));
}

/**
 * Makes the reader of a path's variables.
 *
 * @throws Error that names a variable for which there is no field, or none that fits into a path
 */
export function pathReader(template: Template, input: DescMessage): ReadPath {
  const slots = template.variables.map((variable) => slotOf(variable, input));
  return (segments, request) => {
    for (const slot of slots) {
      fill(slot, segments, request);
    }
  };
}

function slotOf(variable: Variable, input: DescMessage): Slot {
  const path = resolvePath(input, variable.fieldPath);
  const name = pathName(path);
  const field = path.at(-1);
  if (field === undefined || (field.fieldKind !== 'scalar' && field.fieldKind !== 'enum')) {
    const found = field === undefined || field.fieldKind === 'message' ? 'a message' : `a ${field.fieldKind}`;
    throw new Error(`the variable ${name} is ${found}; expected a single scalar or enum`);
  }
  // A path says what is meant: a name that nobody knows is no value.
  const readText = textValueReader(field, true);
  if (readText === undefined) {
    throw new Error(`the variable ${name} has no form as text`);
  }
  return { variable, path, name, confidential: path.some(isConfidential), read: readText };
}

function fill(slot: Slot, segments: readonly string[], request: Message): void {
  const { variable, path, name } = slot;
  const raw = isSingle(variable)
    ? (segments[variable.start] ?? '')
    : segments.slice(variable.start, variable.end).join('/');
  const text = isSingle(variable) ? decodeSegment(raw) : decodeSegments(raw);
  if (text === undefined) {
    throw invalid(`${name}: the path is not percent-encoded UTF-8`, {
      field: name,
      reason: 'INVALID_ENCODING',
    });
  }
  try {
    const value = slot.read(text);
    const present = read(request, path);
    if (isGiven(present) && String(present) !== String(value)) {
      throw new ValueError('in the body the same as in the path, or nothing', 'CONFLICTS_WITH_PATH');
    }
    assign(request, path, value);
  } catch (reason) {
    if (!(reason instanceof ValueError)) {
      throw reason;
    }
    const { message, detail } = describeProblem(name, reason, text, slot.confidential);
    throw invalid(message, detail);
  }
}

/** Whether the body said something of a field: a default cannot be told from nothing. */
function isGiven(value: unknown): boolean {
  return Boolean(value) && !(value instanceof Uint8Array && value.length === 0);
}
