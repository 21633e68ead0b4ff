# Sätze für Menschen, auf Deutsch. Namen, die sich jemand selbst gegeben hat, stehen immer zwischen Anführungszeichen und
# bringen ihre Isolierzeichen mit (siehe src/quote.rs), damit keiner als Satz des Programms durchgeht. `$who` wird nie
# gebeugt: die Sätze sind so gebaut, dass „jemand …“ in jedem Fall passt.

## Leute

somebody = „{ $name }“
somebody-nameless = jemand ohne Namen
somebody-gone = jemand, der nicht mehr da ist
somebody-me = dieses Gerät
and-next = ,{" "}
and-more = { $count ->
    [one] und noch jemand
   *[other] und { $count } weitere
}

joined = { $who } ist jetzt dabei
left = { $who } ist gegangen
vanished = { $who } ist verschwunden
cut-off = nicht zu erreichen: { $who }. Der Raum geht hier weiter
host-is = { $who } leitet jetzt den Raum
host-is-me = dieses Gerät leitet jetzt den Raum
relayed = { $a } und { $b } erreichen einander nicht: { $via } gibt weiter, was sie austauschen
links-too-slow = { $who } hat für einen Rand zu langsame Verbindungen: andere berechnen diesen Teil der Welt
enough-compute = { $computing } rechnen, { $others } sehen zu: mit einem mehr wäre der Raum nicht schneller
others-wait = die anderen warten auf dieses Gerät
waiting-for = warte auf { $who }
host-does-not-answer = wer den Raum leitet, antwortet nicht; was du tust, kommt nicht an
joining-again = der Raum ging ohne dieses Gerät weiter: trete wieder bei
rooms-merged = der Raum ist wieder einer: es geht mit der Welt der anderen weiter
says-what-it-may-not = { $who } schickt immer wieder Unerlaubtes: das wird verworfen

## Rechnen

stopped-computing = { $who } rechnet nicht mehr mit: { $why }
this-stopped-computing = dieses Gerät rechnet nicht mehr mit: { $why }
nobody-computes = niemand rechnet: stell ein Gerät bereit, dann geht der Raum weiter
worlds-differ = zwei Geräte haben verschiedene Welten berechnet: eines davon ist defekt
backend-device-lost = der Grafikprozessor oder der Worker ist ausgefallen
backend-no-adapter = einen solchen Grafikprozessor gibt es nicht
backend-bad-job = der Teil der Welt ist größer, als dort berechnet werden kann
backend-no-state = der Zustand, mit dem es anfangen sollte, fehlt
backend-other = etwas ging schief, das noch keinen Namen hat

## Die Welt

went-back = der Raum geht zum letzten Sicherungspunkt zurück: { $seconds } s gingen verloren
began-again = niemand hat die Welt noch, die Szene beginnt neu: { $seconds } s gingen verloren
taken-back = { $who } hat die Welt um { $seconds } s zurückgeholt
taken-back-me = du hast die Welt um { $seconds } s zurückgeholt
taken-elsewhere = { $who } hat eine verlassene Welt zurückgeholt
taken-elsewhere-me = du hast eine verlassene Welt zurückgeholt
not-taken-back = die Welt geht weiter, wie sie ist: zu wenige wollten zurück, wie { $who } es wollte
not-taken-back-me = die Welt geht weiter, wie sie ist: zu wenige wollten mit dir zurück
another-return = der Raum geht schon zurück oder öffnet einen Spielstand: versuch es gleich noch einmal
asked-lately = gerade wollten zu wenige zurück: frag in einer halben Minute noch einmal
no-such-moment = diesen Augenblick hat niemand mehr: wähle einen anderen
recording-over = die Aufnahme ist zu Ende: Bit für Bit wie damals ({ $count } Digests). Ab hier gehört die Welt dir
recording-differs = die Aufnahme ist zu Ende und nicht, was aufgenommen wurde: ab { $time } ist die Welt eine andere ({ $count } Digests sind wie damals)
recording-left = hier wurde etwas getan, oder der Raum wird nun von anderswo geführt: die Aufnahme endet, und die Welt geht weiter; für den Rest öffne sie noch einmal
return-lost = der Raum ging nicht zurück, weil sein Gastgeber gewechselt hat: frag noch einmal
room-is-full = der Raum ist voll: mehr als { $particles } Teilchen gehen nicht; lösche welche oder lass sie abfließen
too-many-fountains = es sind zu viele oder zu große Quellen: mehr als { $max } gehen nicht
too-many-drains = es sind zu viele Abflüsse: mehr als { $max } gehen nicht
too-many-grabs = es ziehen schon zu viele an etwas: mehr als { $max } gehen nicht zugleich
scene-too-large = diese Szene hat mehr als { $particles } Teilchen: sie wird nicht geladen
strokes-wait = deine Striche warten: so viele auf einmal schafft der Raum nicht
too-many-worlds = diese Szene wird nicht geladen: so viele Welten nacheinander sind zu viele
scene-is-invalid = diese Szene lässt sich nicht laden: sie verletzt eine Regel für Szenen

## Gespeicherte Welten

opens-save = { $who } öffnet eine gespeicherte Welt
opens-save-me = deine gespeicherte Welt wird geöffnet
opened-save = { $who } hat eine gespeicherte Welt geöffnet: es geht bei { $time } weiter
opened-save-me = deine gespeicherte Welt ist geöffnet: es geht bei { $time } weiter
save-not-opened = die Welt, die { $who } geöffnet hat, wird nicht geladen: { $why }
save-not-opened-me = die Welt, die du geöffnet hast, wird nicht geladen: { $why }
open-another-scene = inzwischen wurde eine andere Szene gewählt
open-not-whole = sie kam nicht vollständig an
open-forgotten = sie ist nicht mehr hier
open-nobody-got-it = niemand, der rechnet, konnte sie rechtzeitig bekommen
save-under-way = es wird schon gespeichert
nothing-to-save = es gibt nichts zu speichern: noch berechnet niemand diese Welt
not-saved = die Welt ist nicht gespeichert: { $why }
not-recorded = es gibt keine Aufnahme: { $why }
record-not-here = dieses Gerät hat diesen Augenblick nicht, oder nicht alles, was seither getan wurde; vielleicht hat es jemand anders im Raum
record-too-long = sie wäre länger als eine Viertelstunde; wähle einen späteren Augenblick
plays-alone = eine Aufnahme läuft nur, wo sonst niemand ist: verlass erst diesen Raum
save-late = sie war nach { $seconds } s noch nicht beisammen
open-under-way = eine andere gespeicherte Welt wird gerade geöffnet
opened-elsewhere = diese Welt wird nicht geöffnet: eine andere wird gerade geöffnet
cannot-open = die gespeicherte Welt lässt sich nicht öffnen: { $why }
cannot-open-file = „{ $file }“ lässt sich nicht öffnen: { $why }. Die Welt geht weiter wie zuvor; wähle eine andere Datei.
not-opened-in-time = die gespeicherte Welt war nach { $seconds } s noch nicht geöffnet
open-again = der Raum ging ohne dieses Gerät weiter: öffne die gespeicherte Welt noch einmal, falls sie nicht kam
save-foreign = das ist keine gespeicherte Welt
save-version = sie hat Format { $version }, diese Version liest Format { $here }
save-recording = sie ist eine Aufnahme in Format { $version }, das diese Version nicht liest
save-kernels = sie stammt von einer Version, die anders rechnet
save-damaged = sie ist beschädigt oder unvollständig
save-too-large = sie ist größer, als ein Raum sein kann

## Nicht eingelassen

refused-version = dieser Raum spricht Protokollversion { $room }, dieses Programm { $mine }: nehmt dieselbe Version
refused-version-unknown = dieser Raum spricht eine andere Version als dieses Programm ({ $mine }): nehmt dieselbe Version
refused-kernels = dieser Raum rechnet oder spricht anders als dieses Programm: nehmt dieselbe Version
refused-full = dieser Raum ist voll: mehr als { $people } Leute gehen nicht

## Verbindungen

link-goodbye = { $who } hat die Verbindung beendet
link-silence = { $who } hat seit { $seconds } s nichts von sich hören lassen
link-unreachable = { $who } war in { $seconds } s nicht zu erreichen: das Netz dort oder hier lässt keine direkte Verbindung durch
link-version = { $who } hat eine andere Version von Tidepool (Verbindungsformat { $version }, hier { $here }): ihr braucht dieselbe
link-violation = { $who } hat Daten gegen die Regeln geschickt
link-queue-full = { $who } kommt mit dem, was ankommt, nicht mehr mit
link-closed = { $who } wurde getrennt
link-renewed = { $who } verbindet sich neu
somebody-unknown = jemand aus dem Raum
server-gone = { $why }: wer hier ist, spielt weiter; wer neu kommt, erreicht dieses Gerät nicht.
out-of-reach = { $who } ist im Raum und nicht zu erreichen: es kommt keine direkte Verbindung zustande. Eines der beiden Netze ist im Weg (eine Firewall, ein Gastnetz oder Browser, die lokale Adressen verbergen); ein TURN-Server (--turn) würde helfen.
distrusted = { $who } hat immer wieder fehlerhafte Verbindungsdaten geschickt und wird nicht mehr verbunden.
connection-lost = Verbindung verloren: trete wieder bei
back-in-room = wieder im Raum
nobody-reachable = aus diesem Raum ist niemand mehr zu erreichen: er geht hier weiter

## Kann nicht beginnen oder weitermachen

no-thread = dieser Rechner gibt dem Programm keinen Thread: { $detail }
no-backend = { $detail }
kernels-stopped = die Rechenkerne sind durch einen Fehler in diesem Programm stehen geblieben; tritt noch einmal bei
server = { $detail }
lost-before-meeting = { $detail }. Prüfe die Adresse und ob der Signalisierungsserver läuft.
