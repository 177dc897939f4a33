export { reflectionPolicy } from './policy.ts';
export { type ReflectionOptions, reflectionServices } from './reflection-services.ts';
