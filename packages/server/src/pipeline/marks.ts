import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { type FieldMark, type FieldPath, markedFields } from '@traffic-tacos/policy';

/** A field of a request that the pipeline reads or fills. */
export interface MarkedField {
  /** As in the proto file. */
  readonly name: string;
  /** As in a message object. */
  readonly localName: string;
}

/**
 * The one string of a request that carries the given mark.
 *
 * @throws Error when the mark is on another kind of field, on several, or inside another message, where the
 * pipeline would not see it.
 */
export function markedString(request: DescMessage, mark: FieldMark): MarkedField | undefined {
  const paths = markedFields(request, mark);
  const [first] = paths;
  if (first === undefined) {
    return undefined;
  }
  const [field] = first;
  if (paths.length > 1) {
    throw new Error(
      `${request.typeName}: ${paths.map(show).join(' and ')} are marked ${mark}; expected one of them`,
    );
  }
  // A path into another message begins with that message.
  if (field === undefined || !isPlainString(field)) {
    throw new Error(
      `${request.typeName}: ${show(first)} is marked ${mark}; expected a string of the request itself`,
    );
  }
  return { name: field.name, localName: field.localName };
}

/** Whether a field holds exactly one string. */
export function isPlainString(field: DescField): boolean {
  return field.fieldKind === 'scalar' && field.scalar === ScalarType.STRING && field.oneof === undefined;
}

function show(path: FieldPath): string {
  return path.map((field) => field.name).join('.');
}
