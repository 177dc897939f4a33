/** Settings that cannot be used. Its message has a line for each. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}
