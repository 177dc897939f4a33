import { create, type DescField } from '@bufbuild/protobuf';
import { isWrapperDesc } from '@bufbuild/protobuf/wkt';
import { fieldsOf, isUnwrapped, setField } from '../json/message-fields.ts';
import { enumTextReader } from '../json/read-enum.ts';
import { textReader } from '../json/read-scalar.ts';
import { textForms } from '../json/well-known.ts';

/** Reads one value of a field from a text, as the message stores it. @throws ValueError */
export type ReadText = (text: string) => unknown;

/**
 * Reads values of a field, or of the items of its list, from texts of a URL. `undefined` for messages that have no
 * form as one text.
 */
export function textValueReader(field: DescField, refuseUnknown: boolean): ReadText | undefined {
  if (field.enum !== undefined) {
    return enumTextReader(field.enum, refuseUnknown);
  }
  if (field.message === undefined) {
    return textReader(field.scalar, field.fieldKind !== 'map' && field.longAsString);
  }
  const { message } = field;
  const [inner] = message.fields;
  if (isWrapperDesc(message) && inner?.fieldKind === 'scalar') {
    const readInner = textReader(inner.scalar, inner.longAsString);
    if (isUnwrapped(field)) {
      return readInner;
    }
    return (text) => {
      const made = create(message);
      setField(fieldsOf(made), inner, readInner(text));
      return made;
    };
  }
  return textForms.get(message.typeName)?.parse;
}
