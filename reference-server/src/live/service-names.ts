import type { DescService } from '@bufbuild/protobuf';

/** The name by which operators know a service: `inventory` for `reservation.v1.InventoryService`. */
export function roleOf(typeName: string): string {
  const name = typeName.slice(typeName.lastIndexOf('.') + 1);
  return name.replace(/Service$/, '').toLowerCase();
}

/** The names of several services, in their order. */
export function rolesOf(services: readonly Pick<DescService, 'typeName'>[]): readonly string[] {
  return services.map(({ typeName }) => roleOf(typeName));
}
