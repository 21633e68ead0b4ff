//! egui's AccessKit tree as elements of a page, and what changed of them since the page was told last.

use super::EGUI_CLOSES;
use bevy_egui::egui::accesskit::{Action, Node, NodeId, Role, Toggled, TreeUpdate};
use serde::Serialize;
use std::collections::BTreeMap;
use words::{fill, say};

/// How deep containers may lie in each other; egui's lie less than 30 deep.
const DEPTH_MAX: u32 = 64;

/// One control, or a group of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Element {
    id: String,
    /// Which element the page makes of it.
    kind: &'static str,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// Pressed, checked or chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    on: Option<&'static str>,
    off: bool,
    /// What it opens is there, or is not; none of what opens nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    open: Option<bool>,
    /// Now, least, most, step.
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<[Option<f64>; 4]>,
    /// Left, top, width, height in screen points.
    at: [i32; 4],
    kids: Vec<String>,
}

/// What the page is told.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(super) struct Changes {
    /// Elements that are new or not as they were; the one without a name and a parent is [`TOP`].
    pub(super) changed: Vec<Element>,
    /// Elements that are gone.
    pub(super) gone: Vec<String>,
    /// Which has the keys within egui, if any.
    pub(super) focus: Option<String>,
    /// Where the program itself led the keys, wherever they were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) led: Option<String>,
}

/// The id of what holds all others.
pub(super) const TOP: &str = "top";

/// What the page was told so far.
#[derive(Debug, Default)]
pub(super) struct Told {
    elements: BTreeMap<String, Element>,
    focus: Option<String>,
    /// Where the keys are to be led once that is there.
    led: Option<NodeId>,
    /// A window was left out that egui only measured: the next pass has it.
    measures: bool,
}

impl Told {
    /// The program leads the keys there.
    #[cfg(any(test, target_arch = "wasm32"))]
    pub(super) fn lead_to(&mut self, id: NodeId) {
        self.led = Some(id);
    }

    /// Whether the next pass has a window that the last one only measured.
    pub(super) fn measures(&self) -> bool {
        self.measures
    }

    /// Takes a whole tree, as egui tells it in each pass, and gives what the page does not know yet. `scale` is screen
    /// points a point of egui's.
    pub(super) fn follow(&mut self, update: &TreeUpdate, scale: f32) -> Option<Changes> {
        let nodes: BTreeMap<NodeId, &Node> = update.nodes.iter().map(|(id, node)| (*id, node)).collect();
        let root = update.tree.as_ref()?.root;
        let mut reader =
            Reader { nodes, scale: scale.into(), elements: BTreeMap::new(), opened: Vec::new(), measures: false };
        let kids = reader.kids(root, 0);
        let kids = reader.put_behind_buttons(kids);
        let top = Element { id: TOP.into(), kind: "top", kids, ..Element::default() };
        reader.elements.insert(TOP.into(), top);
        self.measures = reader.measures;
        let now = reader.elements;
        let focus = Some(name_of(update.focus)).filter(|id| now.contains_key(id));
        let changed: Vec<Element> =
            now.values().filter(|element| self.elements.get(&element.id) != Some(element)).cloned().collect();
        let gone: Vec<String> = self.elements.keys().filter(|id| !now.contains_key(*id)).cloned().collect();
        let led = self.led.map(name_of).filter(|id| now.contains_key(id));
        if led.is_some() {
            self.led = None;
        }
        let is_news = !changed.is_empty() || !gone.is_empty() || focus != self.focus || led.is_some();
        (self.elements, self.focus) = (now, focus.clone());
        is_news.then_some(Changes { changed, gone, focus, led })
    }
}

/// As the page names a node, since its numbers do not hold 64 bits.
fn name_of(id: NodeId) -> String {
    id.0.to_string()
}

/// The node that the page named.
pub(super) fn node_of(name: &str) -> Option<NodeId> {
    name.parse().ok().map(NodeId)
}

struct Reader<'a> {
    nodes: BTreeMap<NodeId, &'a Node>,
    scale: f64,
    elements: BTreeMap<String, Element>,
    /// Buttons, each with what it opened.
    opened: Vec<(String, String)>,
    measures: bool,
}

impl Reader<'_> {
    /// The elements right below a node. What only lays out is left out, and what is in it takes its place.
    fn kids(&mut self, id: NodeId, depth: u32) -> Vec<String> {
        let Some(node) = self.nodes.get(&id).copied().filter(|_| depth < DEPTH_MAX) else { return Vec::new() };
        let mut kids = Vec::new();
        // A slider that was just before.
        let mut slider: Option<String> = None;
        for &kid in node.children() {
            let Some(node) = self.nodes.get(&kid).copied() else { continue };
            if node.role() == Role::Window && self.is_measured(kid) {
                self.measures = true;
                continue;
            }
            let below = if is_whole(node.role()) { Vec::new() } else { self.kids(kid, depth + 1) };
            match self.element(kid, node) {
                Some(mut element) => {
                    let before = slider.take().and_then(|id| self.elements.get_mut(&id));
                    if let ("number", Some(before)) = (element.kind, before) {
                        are_one(before, &mut element);
                    }
                    slider = (element.kind == "slider").then(|| element.id.clone());
                    self.opened.extend(node.controls().iter().map(|&what| (element.id.clone(), name_of(what))));
                    kids.push(element.id.clone());
                    self.elements.insert(element.id.clone(), Element { kids: below, ..element });
                }
                None => kids.extend(below),
            }
        }
        kids
    }

    /// Whether egui only measures the window: nobody sees its first pass, in which all is off and lies where it does not stay.
    fn is_measured(&self, window: NodeId) -> bool {
        let (mut below, mut some) = (vec![window], false);
        while let Some(node) = below.pop().and_then(|id| self.nodes.get(&id)) {
            if is_whole(node.role()) {
                if !node.is_disabled() {
                    return false;
                }
                some = true;
            }
            below.extend(node.children());
        }
        some
    }

    /// What a button opened comes right after it, wherever egui draws it: there one looks for it.
    fn put_behind_buttons(&mut self, mut top: Vec<String>) -> Vec<String> {
        for (button, opened) in std::mem::take(&mut self.opened) {
            if !self.elements.contains_key(&opened) {
                continue;
            }
            let lists = self.elements.values_mut().map(|element| &mut element.kids).chain([&mut top]);
            let mut lists: Vec<&mut Vec<String>> = lists.collect();
            let Some(to) = lists.iter().position(|list| list.contains(&button)) else { continue };
            lists.iter_mut().for_each(|list| list.retain(|id| *id != opened));
            if let Some(at) = lists[to].iter().position(|id| *id == button) {
                lists[to].insert(at + 1, opened);
            }
        }
        top
    }

    fn element(&self, id: NodeId, node: &Node) -> Option<Element> {
        let name = self.name(node);
        let kind = kind(node, &name)?;
        let bounds = node.bounds().unwrap_or_default();
        let at = [bounds.x0, bounds.y0, bounds.width(), bounds.height()].map(|v| (v * self.scale).round() as i32);
        let range = matches!(kind, "slider" | "number").then(|| {
            [node.numeric_value(), node.min_numeric_value(), node.max_numeric_value(), node.numeric_value_step()]
        });
        let on = node.toggled().map(|toggled| match toggled {
            Toggled::True => "true",
            Toggled::False => "false",
            Toggled::Mixed => "mixed",
        });
        let value = node.value().filter(|_| kind != "label").map(str::to_owned);
        let hint = node.placeholder().map(str::to_owned);
        Some(Element {
            id: name_of(id),
            kind,
            name,
            value,
            hint,
            on,
            off: node.is_disabled(),
            open: node.is_expanded(),
            range,
            at,
            kids: Vec::new(),
        })
    }

    /// Its own, or those of the labels beside it. A label's text is its value.
    fn name(&self, node: &Node) -> String {
        if node.label() == Some(EGUI_CLOSES) {
            return say("close-window");
        }
        let own = node.label().or_else(|| node.value().filter(|_| node.role() == Role::Label));
        if let Some(own) = own.filter(|name| !name.trim().is_empty()) {
            return own.trim().to_owned();
        }
        let labels = node.labelled_by().iter().filter_map(|id| self.nodes.get(id));
        labels.filter_map(|node| node.label().or(node.value())).collect::<Vec<_>>().join(" ")
    }
}

/// A slider and the box for its number are one thing: both have its name, the box says that it is the number, and the slider
/// its number with the unit.
fn are_one(slider: &mut Element, number: &mut Element) {
    let names = [&slider.name, &number.name];
    let name = names.into_iter().find(|name| !name.is_empty()).cloned().unwrap_or_default();
    slider.value.clone_from(&number.value);
    number.name = fill("as-number", [("name", name.as_str().into())]);
    slider.name = name;
}

/// Whether nothing within it is of its own.
fn is_whole(role: Role) -> bool {
    matches!(
        role,
        Role::Label
            | Role::Button
            | Role::Link
            | Role::CheckBox
            | Role::RadioButton
            | Role::TextInput
            | Role::MultilineTextInput
            | Role::Slider
            | Role::SpinButton
            | Role::ComboBox
            | Role::ProgressIndicator
    )
}

/// Which element of the page it becomes; none where it only lays out, or has nothing to say.
fn kind(node: &Node, name: &str) -> Option<&'static str> {
    let named = |kind| (!name.is_empty()).then_some(kind);
    match node.role() {
        Role::Button => named("button"),
        Role::Link => named("link"),
        Role::CheckBox => Some("checkbox"),
        Role::RadioButton => Some("radio"),
        Role::ComboBox => Some("combobox"),
        Role::TextInput | Role::MultilineTextInput => Some("text"),
        Role::Slider => Some("slider"),
        Role::SpinButton => Some("number"),
        Role::Label => named("label"),
        Role::Image => named("image"),
        Role::ProgressIndicator => Some("progress"),
        Role::Window => named("window"),
        Role::RadioGroup => Some("group"),
        Role::ScrollBar | Role::Splitter | Role::TextRun => None,
        _ => named(if node.supports_action(Action::Click) { "button" } else { "group" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy_egui::egui;

    /// A window of controls, by kind and name, as one pass tells it.
    fn pass(ctx: &egui::Context, brush: &mut (bool, f32, String), events: Vec<egui::Event>) -> TreeUpdate {
        ctx.enable_accesskit();
        let input = egui::RawInput { events, focused: true, ..egui::RawInput::default() };
        let output = ctx.run_ui(input, |ui| {
            egui::Window::new("Tools").show(ui.ctx(), |ui| {
                ui.checkbox(&mut brush.0, "Wall");
                ui.add(egui::Slider::new(&mut brush.1, 1.0..=9.0).text("Size"));
                ui.horizontal(|ui| {
                    let label = ui.label("Your name");
                    ui.text_edit_singleline(&mut brush.2).labelled_by(label.id);
                });
                if ui.button("Clear").clicked() {
                    brush.1 = 1.0;
                }
            });
        });
        output.platform_output.accesskit_update.expect("it was enabled")
    }

    #[test]
    fn a_slider_and_its_number_are_told_apart_and_both_have_the_unit() {
        let ctx = egui::Context::default();
        let mut told = Told::default();
        let tell = || {
            ctx.enable_accesskit();
            let output = ctx.run_ui(egui::RawInput::default(), |ui| {
                egui::Window::new("Sound").show(ui.ctx(), |ui| {
                    ui.add(egui::Slider::new(&mut 40, 0..=100).suffix(" %").text("volume"));
                });
            });
            output.platform_output.accesskit_update.expect("it was enabled")
        };
        tell();
        let first = told.follow(&tell(), 1.0).unwrap();
        assert_eq!(found(&first, "slider", "volume").value.as_deref(), Some("40 %"));
        let number = found(&first, "number", "volume, as a number");
        assert_eq!(number.value.as_deref(), Some("40 %"));
    }

    #[test]
    fn what_a_button_opens_stands_behind_it() {
        let ctx = egui::Context::default();
        let mut told = Told::default();
        let tell = |events: Vec<egui::Event>| {
            ctx.enable_accesskit();
            let input = egui::RawInput { events, focused: true, ..egui::RawInput::default() };
            let output = ctx.run_ui(input, |ui| {
                egui::Area::new("bar".into()).show(ui.ctx(), |ui| {
                    let button = ui.button("Gravity");
                    crate::ui::theme::menu(&button, "Gravity", egui::PopupCloseBehavior::CloseOnClick, |ui| {
                        if ui.button("up").clicked() {
                            ui.close();
                        }
                    });
                    ui.button("Scenes")
                });
            });
            output.platform_output.accesskit_update.expect("it was enabled")
        };
        let click = |node: &str| {
            let (action, target_tree) = (Action::Click, egui::accesskit::TreeId::ROOT);
            let target_node = node_of(node).unwrap();
            let request = egui::accesskit::ActionRequest { action, target_tree, target_node, data: None };
            vec![egui::Event::AccessKitActionRequest(request)]
        };
        tell(vec![]);
        let first = told.follow(&tell(vec![]), 1.0).unwrap();
        let button = found(&first, "button", "Gravity").clone();
        assert_eq!(button.open, Some(false));
        tell(click(&button.id));
        tell(vec![]);
        let second = told.follow(&tell(vec![]), 1.0).unwrap();
        assert_eq!(found(&second, "button", "Gravity").open, Some(true));
        let (menu, up) = (found(&second, "window", "Gravity"), found(&second, "button", "up").id.clone());
        assert!(menu.kids.contains(&up), "{menu:?}");
        let beside = second.changed.iter().find(|element| element.kids.contains(&button.id)).unwrap();
        let at = beside.kids.iter().position(|id| *id == button.id).unwrap();
        assert_eq!(beside.kids[at + 1], menu.id, "{beside:?}");
        // A choice by a reader closes it as a press of the mouse does.
        tell(click(&up));
        tell(vec![]);
        told.lead_to(node_of(&button.id).unwrap());
        let third = told.follow(&tell(vec![]), 1.0).unwrap();
        assert_eq!(found(&third, "button", "Gravity").open, Some(false));
        assert!(third.gone.contains(&up) && third.led == Some(button.id), "{third:?}");
    }

    fn found<'a>(changes: &'a Changes, kind: &str, name: &str) -> &'a Element {
        let mut all = changes.changed.iter().filter(|element| element.kind == kind && element.name == name);
        all.next().unwrap_or_else(|| panic!("no {kind} {name} in {changes:#?}"))
    }

    #[test]
    fn controls_are_told_with_their_names_and_states_and_then_only_what_changes() {
        let ctx = egui::Context::default();
        let mut brush = (false, 3.0, "Zoë".to_owned());
        let mut told = Told::default();
        // Nobody sees where egui lays things out only to measure them.
        let measured = told.follow(&pass(&ctx, &mut brush, vec![]), 2.0).unwrap();
        assert!(measured.changed.iter().all(|element| element.kind == "top") && told.measures(), "{measured:?}");
        let first = told.follow(&pass(&ctx, &mut brush, vec![]), 2.0).unwrap();
        assert!(!told.measures());
        assert_eq!(found(&first, "checkbox", "Wall").on, Some("false"));
        assert_eq!(found(&first, "slider", "Size").range.unwrap()[..3], [Some(3.0), Some(1.0), Some(9.0)]);
        assert_eq!(found(&first, "text", "Your name").value.as_deref(), Some("Zoë"));
        let window = found(&first, "window", "Tools");
        let top = found(&first, "top", "");
        assert!(top.kids.contains(&window.id), "{top:?}");
        let clear = found(&first, "button", "Clear");
        assert!(window.kids.contains(&clear.id), "{window:?}");
        assert!(clear.at[2] > 40 && clear.at[3] > 20, "twice as large as egui has it: {clear:?}");
        assert_eq!(told.follow(&pass(&ctx, &mut brush, vec![]), 2.0), None);
        brush.0 = true;
        let second = told.follow(&pass(&ctx, &mut brush, vec![]), 2.0).unwrap();
        assert_eq!(second.changed.len(), 1, "{second:?}");
        assert_eq!(found(&second, "checkbox", "Wall").on, Some("true"));
    }

    #[test]
    fn what_the_page_asks_for_finds_its_control() {
        let ctx = egui::Context::default();
        let mut brush = (false, 3.0, String::new());
        let mut told = Told::default();
        pass(&ctx, &mut brush, vec![]);
        let first = told.follow(&pass(&ctx, &mut brush, vec![]), 1.0).unwrap();
        let target = node_of(&found(&first, "button", "Clear").id).unwrap();
        let ask = |action| {
            let target_tree = egui::accesskit::TreeId::ROOT;
            let request = egui::accesskit::ActionRequest { action, target_tree, target_node: target, data: None };
            vec![egui::Event::AccessKitActionRequest(request)]
        };
        pass(&ctx, &mut brush, ask(Action::Click));
        assert_eq!(brush.1, 1.0);
        let focused = told.follow(&pass(&ctx, &mut brush, ask(Action::Focus)), 1.0).unwrap();
        let focused = told.follow(&pass(&ctx, &mut brush, vec![]), 1.0).map_or(focused.focus, |later| later.focus);
        assert_eq!(focused.as_deref(), Some(target.0.to_string().as_str()));
        assert_eq!(node_of("no number"), None);
    }
}
