import { type DescField, ScalarType } from '@bufbuild/protobuf';
import type { Fields } from './message-fields.ts';

/** Whether a field always has a value. */
export function hasDefault(field: DescField): boolean {
  return field.fieldKind === 'list' || field.fieldKind === 'map' || isImplicit(field);
}

/** google.protobuf.FeatureSet.FieldPresence.IMPLICIT */
const IMPLICIT = 2;

function isImplicit(field: DescField): boolean {
  return field.presence === IMPLICIT;
}

/** Tells the default of a field without presence; `undefined` for a field with presence. */
export function defaultTest(field: DescField): ((value: unknown) => boolean) | undefined {
  if (field.fieldKind === 'list') {
    return (items) => (items as unknown[]).length === 0;
  }
  if (field.fieldKind === 'map') {
    return (entries) => Object.keys(entries as Fields).length === 0;
  }
  if (!isImplicit(field)) {
    return undefined;
  }
  if (field.scalar === ScalarType.BYTES) {
    return (bytes) => (bytes as Uint8Array).length === 0;
  }
  if (field.scalar === ScalarType.STRING) {
    return (text) => text === '';
  }
  const zero = field.enum?.values[0]?.number;
  return (value) =>
    zero === undefined
      ? // 64-bit integers are strings where the schema says so.
        value === false || value === 0n || value === '0' || Object.is(value, 0)
      : value === zero;
}
