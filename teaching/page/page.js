"use strict";
/* The page's own player and its chord buttons. Times are milliseconds; notes are [start, length, MIDI number, velocity]. */
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const find = (query, root = document) => Array.from(root.querySelectorAll(query));
  const calm = window.matchMedia && window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  let context = null, playing = null, chosen = -1;

  /* ---- sound ---- */
  const SOUNDS = {
    keys:  { waves: [["triangle", 1, 1], ["sine", 2, .35]], attack: .004, decay: 1.3, sustain: 0, release: .18, cut: 4200 },
    pluck: { waves: [["triangle", 1, 1], ["square", 1, .18]], attack: .003, decay: .8, sustain: 0, release: .12, cut: 2600 },
    bass:  { waves: [["triangle", 1, 1], ["sine", 1, .7]], attack: .008, decay: 1.6, sustain: .25, release: .08, cut: 900 },
    bow:   { waves: [["sawtooth", 1, .6], ["sawtooth", 1.003, .6]], attack: .07, decay: .3, sustain: .8, release: .18, cut: 2200 },
    wind:  { waves: [["triangle", 1, 1], ["sine", 2, .2]], attack: .04, decay: .2, sustain: .85, release: .1, cut: 3200 },
    brass: { waves: [["sawtooth", 1, .8]], attack: .03, decay: .25, sustain: .75, release: .1, cut: 2600 },
    pad:   { waves: [["sawtooth", 1, .35], ["triangle", 1.004, .8]], attack: .25, decay: .5, sustain: .8, release: .5, cut: 1500 },
  };
  let hiss = null;
  const noise = () => {
    if (!hiss) {
      hiss = context.createBuffer(1, context.sampleRate, context.sampleRate);
      const samples = hiss.getChannelData(0);
      for (let i = 0, seed = 1; i < samples.length; i++) {
        seed = (seed * 16807) % 2147483647;
        samples[i] = seed / 1073741824 - 1;
      }
    }
    const source = context.createBufferSource();
    source.buffer = hiss;
    return source;
  };
  const fading = (level, start, length) => {
    const gain = context.createGain();
    gain.gain.setValueAtTime(level, start);
    gain.gain.exponentialRampToValueAtTime(.0001, start + length);
    return gain;
  };
  function strike(number, level, start, out) {
    const tone = (from, to, length, loud) => {
      const wave = context.createOscillator(), gain = fading(loud * level, start, length);
      wave.frequency.setValueAtTime(from, start);
      wave.frequency.exponentialRampToValueAtTime(to, start + length * .6);
      wave.connect(gain).connect(out);
      wave.start(start); wave.stop(start + length);
    };
    const breath = (cut, length, loud) => {
      const source = noise(), filter = context.createBiquadFilter(), gain = fading(loud * level, start, length);
      filter.type = "highpass"; filter.frequency.value = cut;
      source.connect(filter).connect(gain).connect(out);
      source.start(start, (number * 37 % 90) / 100); source.stop(start + length);
    };
    if (number === 35 || number === 36) tone(150, 45, .28, 1.1);
    else if (number === 38 || number === 40) { tone(210, 150, .12, .5); breath(1500, .2, .7); }
    else if (number === 39) breath(1100, .16, .8);
    else if (number === 42 || number === 44) breath(8000, .05, .4);
    else if (number === 46) breath(7500, .3, .4);
    else if ([49, 52, 55, 57].includes(number)) breath(4500, 1.1, .5);
    else if ([51, 53, 59].includes(number)) { breath(7000, .4, .25); tone(3300, 3200, .2, .06); }
    else if ([41, 43, 45, 47, 48, 50].includes(number)) tone(70 + (number - 40) * 16, 55 + (number - 40) * 12, .3, .8);
    else if ([54, 69, 70, 82, 83].includes(number)) breath(6000, .07, .4);
    else tone(420 + (number * 53 % 700), 400 + (number * 53 % 700), .09, .5);
  }
  function sound(kind, note, start, length, out) {
    const level = .28 * (note[3] / 127) ** 1.6;
    if (kind === "drums") { strike(note[2], 2.4 * level, start, out); return; }
    const voice = SOUNDS[kind] || SOUNDS.keys, end = start + Math.max(length, voice.attack + .03);
    const gain = context.createGain(), filter = context.createBiquadFilter();
    const pitch = 440 * 2 ** ((note[2] - 69) / 12);
    filter.type = "lowpass"; filter.frequency.value = Math.min(9000, voice.cut + 2 * pitch);
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(level, start + voice.attack);
    gain.gain.setTargetAtTime(level * voice.sustain, start + voice.attack, voice.decay / 3);
    gain.gain.setTargetAtTime(0, end, voice.release / 7);  // under a thousandth as the wave ends: no click
    filter.connect(gain).connect(out);
    for (const [type, ratio, loud] of voice.waves) {
      const wave = context.createOscillator(), part = context.createGain();
      wave.type = type; wave.frequency.value = pitch * ratio; part.gain.value = loud;
      wave.connect(part).connect(filter);
      wave.start(start); wave.stop(end + voice.release);
    }
  }

  /* ---- player ---- */
  const strands = {};
  function strandsOf(name) {
    if (!strands[name]) strands[name] = (data.sounds[name] || []).map((strand) => {
      const notes = [];
      for (let i = 0; i < strand.n.length; i += 4) notes.push(strand.n.slice(i, i + 4));
      return { kind: strand.s, pan: strand.p, level: strand.l, notes };
    });
    return strands[name];
  }
  function stop() {
    if (!playing) return;
    clearInterval(playing.timer);
    playing.master.gain.setTargetAtTime(0, context.currentTime, .03);
    const old = playing.master;
    setTimeout(() => old.disconnect(), 300);
    playing.button?.setAttribute("aria-pressed", "false");
    playing = null;
    find(".chord.now").forEach((place) => place.classList.remove("now"));
    say("Stopped.");
  }
  function play(name, from, to, button) {
    stop();
    context = context || new (window.AudioContext || window.webkitAudioContext)();
    if (context.resume) context.resume();
    const master = context.createGain(), press = context.createDynamicsCompressor();
    master.gain.value = .9;
    master.connect(press).connect(context.destination);
    const outs = strandsOf(name).map((strand) => {
      const gain = context.createGain();
      gain.gain.value = .35 + .65 * strand.level;
      if (context.createStereoPanner) {
        const pan = context.createStereoPanner();
        pan.pan.value = strand.pan;
        gain.connect(pan).connect(master);
      } else gain.connect(master);
      return gain;
    });
    const queue = strandsOf(name).flatMap((strand, i) => strand.notes
      .filter((note) => note[0] < to && note[0] + note[1] > from + 20)
      .map((note) => [Math.max(note[0], from), Math.min(note[0] + note[1], to), note, strand.kind, outs[i]]))
      .filter((row) => row[3] !== "drums" || row[2][0] >= from).sort((a, b) => a[0] - b[0]);
    const last = queue.reduce((end, row) => Math.max(end, row[1]), from);
    const begin = context.currentTime + .1 - from / 1000;
    let next = 0;
    const step = () => {
      const now = (context.currentTime - begin) * 1000;
      for (; next < queue.length && queue[next][0] < now + 1200; next++) {
        const [start, end, note, kind, out] = queue[next];
        sound(kind, note, begin + start / 1000, (end - start) / 1000, out);
      }
      if (name === "main") follow(now);
      if (now > last + 400) stop();
    };
    playing = { master, timer: setInterval(step, 60), button };
    button?.setAttribute("aria-pressed", "true");
    step();
  }
  let shown = -1;
  function follow(now) {
    const at = data.chords.findIndex((chord) => now >= chord.a && now < chord.b);
    if (at === shown && find(".chord.now").length) return;
    shown = at;
    find(".chord.now").forEach((place) => place.classList.remove("now"));
    const places = find(`.chord[data-c="${at}"]`);
    places.forEach((place) => place.classList.add("now"));
    if (places[0]?.scrollIntoView) places[0].scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
  }

  /* ---- why ---- */
  const why = document.getElementById("why"), status = document.getElementById("status");
  const say = (text) => { if (status) status.textContent = text; };
  const made = (tag, text, parent) => {
    const element = document.createElement(tag);
    element.textContent = text;
    parent.append(element);
    return element;
  };
  function choose(at, focus) {
    if (!why || at < 0 || at >= data.chords.length) return;
    chosen = at;
    find(".chord.chosen").forEach((place) => { place.classList.remove("chosen"); place.removeAttribute("aria-current"); });
    find(".chord[role]").forEach((place) => place.setAttribute("tabindex", "-1"));
    for (const place of find(`.chord[data-c="${at}"]`)) {
      place.classList.add("chosen");
      if (!place.hasAttribute("role")) continue;
      place.setAttribute("tabindex", "0");
      place.setAttribute("aria-current", "true");
      if (focus) place.focus();
    }
    const chord = data.chords[at], text = document.getElementById("why-text");
    document.getElementById("why-title").textContent = `${chord.p}: ${chord.s}` + (chord.n ? ` (${chord.n} in ${chord.k})` : "");
    text.replaceChildren();
    if (chord.w) made("p", `In words: ${chord.w}.`, text).className = "hidden";
    if (!chord.r.length) made("p", "No reason is given: the notes do not spell this chord out clearly enough.", text);
    for (const [reason, terms] of chord.r) {
      const line = made("p", reason + " ", text);
      terms.filter((term) => data.terms[term]).forEach((term, i) => {
        line.append(i ? ", " : "");
        made("a", data.terms[term], line).href = `#term-${term}`;
      });
    }
    find("[data-hear]").forEach((button) => { button.disabled = false; });
  }
  const phraseOf = (at) => data.phrases.find(([from, to]) => data.chords[at].a >= from && data.chords[at].a < to);

  document.addEventListener("click", (event) => {
    const place = event.target.closest("[data-c]"), button = event.target.closest("button");
    if (place) { choose(Number(place.dataset.c), !button); if (button && why) why.scrollIntoView({ block: "nearest" }); return; }
    if (!button) return;
    if (button.id === "stop") stop();
    else if (button.dataset.move) choose(Math.min(data.chords.length - 1, Math.max(0, chosen + Number(button.dataset.move))), false);
    else if (button.dataset.play) {
      const again = playing && playing.button === button;
      const whole = button.dataset.play === "main" && data.span ? data.span : [];
      if (again) stop(); else play(button.dataset.play, whole[0] || 0, whole[1] || Infinity, button);
    } else if (button.dataset.hear && chosen >= 0) {
      const chord = data.chords[chosen], span = button.dataset.hear === "chord" ? [chord.a, chord.b]
        : button.dataset.hear === "phrase" ? phraseOf(chosen) || [chord.a, chord.b] : [chord.a, data.span?.[1] || Infinity];
      play("main", span[0], span[1], button);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") stop();
    const place = event.target.closest?.(".chord[role]");
    if (!place) return;
    const at = Number(place.dataset.c);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: data.chords.length - 1, Enter: at, " ": at }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(Math.min(data.chords.length - 1, Math.max(0, to)), true);
  });
  if (data.chords.length) find('.chord[role][data-c="0"]').forEach((place) => place.setAttribute("tabindex", "0"));
})();
