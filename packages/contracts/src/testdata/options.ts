import type { Message } from '@bufbuild/protobuf';
import type { DescriptorProto, EnumDescriptorProto, FileDescriptorProto } from '@bufbuild/protobuf/wkt';

/** An element of a file that can have options. */
export interface Optioned {
  options?: Message | undefined;
}

/** Every element of a file that can have options, the file itself included. */
export function optionedIn(file: FileDescriptorProto): Optioned[] {
  return [
    file,
    ...file.messageType.flatMap(inMessage),
    ...file.enumType.flatMap(inEnum),
    ...file.service.flatMap((service) => [service, ...service.method]),
    ...file.extension,
  ];
}

function inMessage(message: DescriptorProto): Optioned[] {
  return [
    message,
    ...message.field,
    ...message.oneofDecl,
    ...message.nestedType.flatMap(inMessage),
    ...message.enumType.flatMap(inEnum),
  ];
}

function inEnum(enumType: EnumDescriptorProto): Optioned[] {
  return [enumType, ...enumType.value];
}

/** The numbers of the extensions that are set on an element. */
export function extensionsOf({ options }: Optioned): number[] {
  return (options?.$unknown ?? []).map(({ no }) => no);
}
