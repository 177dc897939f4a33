import type { DescriptorProto, EnumDescriptorProto, FileDescriptorProto } from '@bufbuild/protobuf/wkt';

/** Hears of everything that a file declares. */
export interface SymbolVisitor {
  /** A full name, without a leading dot. */
  symbol(name: string): void;
  /** A message type, by its full name. */
  message(name: string): void;
  /** An extension: which message it extends, and its field number there. */
  extension(extendee: string, number: number): void;
}

/**
 * Walks through the declarations of a file: messages and what is inside them (map entries included), fields,
 * oneofs, enums, enum values, extensions, services and methods.
 */
export function visitSymbols(file: FileDescriptorProto, visitor: SymbolVisitor): void {
  const scope = file.package;
  for (const message of file.messageType) {
    visitMessage(message, scope, visitor);
  }
  for (const desc of file.enumType) {
    visitEnum(desc, scope, visitor);
  }
  visitExtensions(file, scope, visitor);
  for (const service of file.service) {
    const name = join(scope, service.name);
    visitor.symbol(name);
    for (const method of service.method) {
      visitor.symbol(join(name, method.name));
    }
  }
}

function visitMessage(message: DescriptorProto, scope: string, visitor: SymbolVisitor): void {
  const name = join(scope, message.name);
  visitor.symbol(name);
  visitor.message(name);
  for (const { name: member } of [...message.field, ...message.oneofDecl]) {
    visitor.symbol(join(name, member));
  }
  for (const nested of message.nestedType) {
    visitMessage(nested, name, visitor);
  }
  for (const desc of message.enumType) {
    visitEnum(desc, name, visitor);
  }
  visitExtensions(message, name, visitor);
}

function visitEnum(desc: EnumDescriptorProto, scope: string, visitor: SymbolVisitor): void {
  visitor.symbol(join(scope, desc.name));
  // As in C++, a value is a sibling of its enum.
  for (const value of desc.value) {
    visitor.symbol(join(scope, value.name));
  }
}

function visitExtensions(
  { extension }: Pick<FileDescriptorProto, 'extension'>,
  scope: string,
  visitor: SymbolVisitor,
): void {
  for (const { name, extendee, number } of extension) {
    visitor.symbol(join(scope, name));
    visitor.extension(withoutDot(extendee), number);
  }
}

function join(scope: string, name: string): string {
  return scope === '' ? name : `${scope}.${name}`;
}

/** A full name as clients and descriptors may write it, with or without the leading dot. */
export function withoutDot(name: string): string {
  return name.startsWith('.') ? name.slice(1) : name;
}
