package arazzo

// Source returns the source description of that name, or nil.
func (d *Document) Source(name string) *Source {
	for _, s := range d.Sources {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// SourceNames are the names of the sources in their order, for suggestions.
func (d *Document) SourceNames() []string {
	var names []string
	for _, s := range d.Sources {
		names = append(names, s.Name)
	}
	return names
}

// Workflow returns the workflow of that id, the first where there are several,
// or nil.
func (d *Document) Workflow(id string) *Workflow { return d.workflows[id] }

// WorkflowIDs are the ids of the workflows in their order, for suggestions.
func (d *Document) WorkflowIDs() []string {
	var ids []string
	for _, w := range d.Workflows {
		ids = append(ids, w.ID)
	}
	return ids
}

// Step returns the step of that id, the first where there are several, or nil.
func (w *Workflow) Step(id string) *Step { return w.steps[id] }

// StepIDs are the ids of the steps in their order, for suggestions.
func (w *Workflow) StepIDs() []string {
	var ids []string
	for _, s := range w.Steps {
		ids = append(ids, s.ID)
	}
	return ids
}

// Output returns the step's output of that name, or nil.
func (s *Step) Output(name string) *Output { return outputOf(s.Outputs, name) }

// Output returns the workflow's output of that name, or nil.
func (w *Workflow) Output(name string) *Output { return outputOf(w.Outputs, name) }

func outputOf(list []*Output, name string) *Output {
	for _, o := range list {
		if o.Name == name {
			return o
		}
	}
	return nil
}

// Graph reports whether the steps of a workflow run as a graph: some step says
// what it depends on. Without that they run strictly in their order.
func (w *Workflow) Graph() bool {
	for _, s := range w.Steps {
		if len(s.DependsOn) > 0 {
			return true
		}
	}
	return false
}
