/** Draws the page once a frame at most. */
import { render } from 'preact'
import { App } from './app.tsx'
import './style.css'
import { start, type View } from './store.ts'

const root = document.getElementById('page')
let frame = 0

function draw(view: View): void {
  cancelAnimationFrame(frame)
  frame = requestAnimationFrame(() => root && render(<App view={view} />, root))
}

start(draw)
