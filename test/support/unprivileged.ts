/**
 * A command without the superuser's right to read every file, so that file permissions count in a test that runs as root too.
 * Returns the program and its arguments.
 */
export function withoutSuperuserRights(program: string, args: readonly string[]): [program: string, args: string[]] {
  if (process.getuid?.() !== 0) return [program, [...args]];
  return ['setpriv', ['--bounding-set=-dac_override,-dac_read_search', program, ...args]];
}
