//! egui's AccessKit tree as elements of a page, and what changed of them since the page was told last.

use bevy_egui::egui::accesskit::{Action, Node, NodeId, Role, Toggled, TreeUpdate};
use serde::Serialize;
use std::collections::BTreeMap;

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
}

/// The id of what holds all others.
pub(super) const TOP: &str = "top";

/// What the page was told so far.
#[derive(Debug, Default)]
pub(super) struct Told {
    elements: BTreeMap<String, Element>,
    focus: Option<String>,
}

impl Told {
    /// Takes a whole tree, as egui tells it in each pass, and gives what the page does not know yet. `scale` is screen
    /// points a point of egui's.
    pub(super) fn follow(&mut self, update: &TreeUpdate, scale: f32) -> Option<Changes> {
        let nodes: BTreeMap<NodeId, &Node> = update.nodes.iter().map(|(id, node)| (*id, node)).collect();
        let root = update.tree.as_ref()?.root;
        let mut reader = Reader { nodes, scale: scale.into(), elements: BTreeMap::new() };
        let kids = reader.kids(root, 0);
        let top = Element { id: TOP.into(), kind: "top", kids, ..Element::default() };
        reader.elements.insert(TOP.into(), top);
        let now = reader.elements;
        let focus = Some(name_of(update.focus)).filter(|id| now.contains_key(id));
        let changed: Vec<Element> =
            now.values().filter(|element| self.elements.get(&element.id) != Some(element)).cloned().collect();
        let gone: Vec<String> = self.elements.keys().filter(|id| !now.contains_key(*id)).cloned().collect();
        let is_news = !changed.is_empty() || !gone.is_empty() || focus != self.focus;
        (self.elements, self.focus) = (now, focus.clone());
        is_news.then_some(Changes { changed, gone, focus })
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
}

impl Reader<'_> {
    /// The elements right below a node. What only lays out is left out, and what is in it takes its place.
    fn kids(&mut self, id: NodeId, depth: u32) -> Vec<String> {
        let Some(node) = self.nodes.get(&id).copied().filter(|_| depth < DEPTH_MAX) else { return Vec::new() };
        let mut kids = Vec::new();
        for &kid in node.children() {
            let Some(node) = self.nodes.get(&kid).copied() else { continue };
            let below = if is_whole(node.role()) { Vec::new() } else { self.kids(kid, depth + 1) };
            match self.element(kid, node) {
                Some(element) => {
                    kids.push(element.id.clone());
                    self.elements.insert(element.id.clone(), Element { kids: below, ..element });
                }
                None => kids.extend(below),
            }
        }
        kids
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
            range,
            at,
            kids: Vec::new(),
        })
    }

    /// Its own, or those of the labels beside it. A label's text is its value.
    fn name(&self, node: &Node) -> String {
        let own = node.label().or_else(|| node.value().filter(|_| node.role() == Role::Label));
        if let Some(own) = own.filter(|name| !name.trim().is_empty()) {
            return own.trim().to_owned();
        }
        let labels = node.labelled_by().iter().filter_map(|id| self.nodes.get(id));
        labels.filter_map(|node| node.label().or(node.value())).collect::<Vec<_>>().join(" ")
    }
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

    fn found<'a>(changes: &'a Changes, kind: &str, name: &str) -> &'a Element {
        let mut all = changes.changed.iter().filter(|element| element.kind == kind && element.name == name);
        all.next().unwrap_or_else(|| panic!("no {kind} {name} in {changes:#?}"))
    }

    #[test]
    fn controls_are_told_with_their_names_and_states_and_then_only_what_changes() {
        let ctx = egui::Context::default();
        let mut brush = (false, 3.0, "Zoë".to_owned());
        let mut told = Told::default();
        pass(&ctx, &mut brush, vec![]);
        let first = told.follow(&pass(&ctx, &mut brush, vec![]), 2.0).unwrap();
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
