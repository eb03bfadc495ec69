/** The used part of solc-js. The package has no types. */
declare module 'solc' {
  const solc: {
    /** Takes and returns standard JSON of the compiler. */
    compile(input: string): string
    version(): string
  }
  export default solc
}
