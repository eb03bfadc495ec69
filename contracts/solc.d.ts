/** The part of solc-js that is used here; the package brings no types. */
declare module 'solc' {
  const solc: {
    /** Takes and returns the compiler's standard JSON. */
    compile(input: string): string
    version(): string
  }
  export default solc
}
