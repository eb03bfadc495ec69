/** The used part of solc-js, which has no types of its own. */
declare module 'solc' {
  const solc: {
    /** Takes and returns standard JSON of the compiler. */
    compile(input: string): string
    version(): string
  }
  export default solc
}
