/** Pictures of 16 by 16, drawn with lines. */

const PATHS = {
  mark: 'M2.5 4h4v3h-4zM9.5 9h4v3h-4zM6.5 5.5h3.2a2 2 0 0 1 2 2V9M9.5 10.500h-3.200a2 2 0 0 1-2-2V7',
  search: 'M7 2.500a4.500 4.500 0 1 0 0 9a4.500 4.500 0 0 0 0-9M10.300 10.300L14 14',
  system: 'M2 3h12v8H2zM6 14h4M8 11v3',
  dark: 'M13 9.500A5.500 5.500 0 1 1 6.500 3a4.500 4.500 0 0 0 6.500 6.500z',
  light:
    'M8 5a3 3 0 1 0 0 6a3 3 0 0 0 0-6M8 1.500v1.300M8 13.200v1.300M1.500 8h1.300M13.200 8h1.300M3.400 3.400l.9.9M11.700 11.700l.9.9M12.600 3.400l-.9.900M4.300 11.700l-.9.9',
  help: 'M8 1.800a6.200 6.200 0 1 0 0 12.400a6.200 6.200 0 0 0 0-12.400M6 6.300a2 2 0 1 1 2.900 1.800c-.6.300-.9.700-.9 1.300M8 11.600v.1',
  play: 'M5 3.500l7.500 4.500L5 12.500z',
  pause: 'M5.500 3.500v9M10.500 3.500v9',
  back: 'M10 3.500L5.500 8l4.500 4.500',
  on: 'M6 3.500L10.500 8L6 12.500',
  backChange: 'M8.500 3.500L4 8l4.500 4.500M13 3.500L8.500 8l4.500 4.500',
  onChange: 'M7.500 3.500L12 8l-4.500 4.500M3 3.500L7.500 8L3 12.500',
  save: 'M8 2.500v7.500M5 7.200l3 3l3-3M2.500 13h11',
  open: 'M2 12.500v-9h4l1.500 1.800h6.500v7.200z',
  close: 'M4 4l8 8M12 4l-8 8',
} as const

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg class="glyph" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}
