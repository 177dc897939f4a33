import { type DescField, type DescMessage, getOption, hasOption } from '@bufbuild/protobuf';
import {
  type FieldPolicy,
  field as fieldOption,
} from '@traffic-tacos/policy/gen/tacos/policy/v1/policy_pb.js';

/** One of the things a field can be marked as. */
export type FieldMark = Exclude<keyof FieldPolicy, `$${string}`>;

/** The fields that lead from a message to a marked one; the marked field comes last. */
export type FieldPath = readonly DescField[];

/** What `(tacos.policy.v1.field)` says of a field, or `undefined`. */
export function fieldPolicyOf(field: DescField): FieldPolicy | undefined {
  return hasOption(field, fieldOption) ? getOption(field, fieldOption) : undefined;
}

const found = new WeakMap<DescMessage, Map<FieldMark, readonly FieldPath[]>>();

/**
 * Every field with the given mark in a message and the messages inside it, outermost first. Lists and maps
 * are entered too; a message type that contains itself is entered once per path.
 */
export function markedFields(message: DescMessage, mark: FieldMark): readonly FieldPath[] {
  let marks = found.get(message);
  if (marks === undefined) {
    marks = new Map();
    found.set(message, marks);
  }
  let paths = marks.get(mark);
  if (paths === undefined) {
    paths = collect(message, mark, [], new Set([message])).sort((a, b) => a.length - b.length);
    marks.set(mark, paths);
  }
  return paths;
}

function collect(
  message: DescMessage,
  mark: FieldMark,
  prefix: FieldPath,
  open: Set<DescMessage>,
): FieldPath[] {
  const own: FieldPath[] = [];
  const nested: FieldPath[] = [];
  for (const field of message.fields) {
    const path = [...prefix, field];
    if (fieldPolicyOf(field)?.[mark] === true) {
      own.push(path);
    } else if (field.message !== undefined && !open.has(field.message)) {
      nested.push(...collect(field.message, mark, path, new Set([...open, field.message])));
    }
  }
  return [...own, ...nested];
}
